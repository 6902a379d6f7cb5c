"""What must hold for every rendered room."""

import numpy as np
import pytest

from polytask.data.rooms.classes import CLASS_ID, CLASSES
from polytask.data.rooms.labels import edge_map, saliency_map
from polytask.data.rooms.render import render
from polytask.tasks import PARTS

SIZE = 48
PERSON = CLASS_ID["person"]


@pytest.fixture(scope="module")
def rooms():
    return [render(seed, style, SIZE) for style in ("day", "evening") for seed in range(4)]


def ray_directions(camera):
    """Rays (H,W,3) through the pixels' centres, in the camera frame, with z = 1."""
    axis = ((np.arange(SIZE) + 0.5) * 2 / SIZE - 1) / camera[12]
    x, y = np.meshgrid(axis, axis)
    return np.stack([x, y, np.ones_like(x)], -1)


def test_the_same_seed_gives_the_same_bytes():
    first, second = render(5, "day", SIZE), render(5, "day", SIZE)
    for name, value in first.items():
        if isinstance(value, np.ndarray):
            assert value.tobytes() == second[name].tobytes(), name


def test_seeds_and_styles_differ(rooms):
    assert len({room["image"].tobytes() for room in rooms}) == len(rooms)


def test_normals_are_unit_and_face_the_camera(rooms):
    for room in rooms:
        normals = room["normals"]
        assert np.allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-5)
        assert ((normals * ray_directions(room["camera"])).sum(-1) < 0).all()


def test_normals_are_those_of_the_surface_that_depth_describes(rooms):
    """On the flat shell of a room, the plane through three neighbouring points has that normal."""
    angles = []
    for room in rooms:
        points = ray_directions(room["camera"]) * room["depth"][..., None]
        instance = room["instance"]
        flat = np.isin(room["semseg"], [CLASS_ID[c] for c in ("wall", "floor", "ceiling")])[1:, 1:]
        flat &= (instance[1:, 1:] == instance[1:, :-1]) & (instance[1:, 1:] == instance[:-1, 1:])
        right, down = points[1:, 1:] - points[1:, :-1], points[1:, 1:] - points[:-1, 1:]
        plane = np.cross(down, right)
        plane /= np.linalg.norm(plane, axis=-1, keepdims=True)
        cosine = (plane * room["normals"][1:, 1:]).sum(-1)[flat]
        angles.append(np.degrees(np.arccos(cosine.clip(-1, 1))))
    assert np.median(np.concatenate(angles)) < 0.1
    assert np.quantile(np.concatenate(angles), 0.9) < 1


def test_depth_is_positive_and_never_too_near(rooms):
    for room in rooms:
        assert np.isfinite(room["depth"]).all()
        assert room["depth"].min() > 0.2
        assert room["depth"].max() < 8


def test_labels_stay_in_range(rooms):
    for room in rooms:
        assert room["image"].shape == (SIZE, SIZE, 3)
        assert room["semseg"].max() < len(CLASSES)
        assert room["human_parts"].max() < len(PARTS)
        assert set(np.unique(room["sal"])) <= {0, 1}
        assert set(np.unique(room["edge"])) <= {0, 1}


def test_human_parts_cover_exactly_the_persons(rooms):
    assert any((room["semseg"] == PERSON).any() for room in rooms)
    for room in rooms:
        assert np.array_equal(room["human_parts"] > 0, room["semseg"] == PERSON)


def test_edges_lie_only_between_instances(rooms):
    for room in rooms:
        instance = room["instance"]
        between = np.zeros(instance.shape, bool)
        for axis in (0, 1):
            change = np.diff(instance.astype(int), axis=axis) != 0
            between |= np.insert(change, 0, False, axis) | np.insert(change, SIZE - 1, False, axis)
        assert room["edge"].any()
        assert not (room["edge"].astype(bool) & ~between).any()


def test_an_edge_is_one_pixel_on_the_nearer_side():
    instance = np.zeros((8, 8), int)
    instance[:, 4:] = 1
    depth = np.where(instance == 1, 1.0, 2.0)
    assert np.array_equal(np.argwhere(edge_map(instance, depth))[:, 1], np.full(8, 4))


def test_salient_objects_are_whole(rooms):
    for room in rooms:
        for number in np.unique(room["instance"]):
            assert len(np.unique(room["sal"][room["instance"] == number])) == 1


def test_what_is_large_and_central_is_salient_and_walls_are_not():
    instance = np.zeros((9, 9), int)
    instance[3:6, 3:6], instance[0, 0] = 1, 2
    classes = np.array([CLASS_ID["wall"], CLASS_ID["plant"], CLASS_ID["plant"]])
    assert np.array_equal(saliency_map(instance, classes), instance == 1)


def test_seen_keypoints_lie_on_their_person(rooms):
    people = [(room, entry) for room in rooms for entry in room["objects"] if "keypoints" in entry]
    assert people
    for room, entry in people:
        x, y, seen = entry["keypoints"][entry["keypoints"][:, 2] == 2].T
        assert (room["instance"][y.astype(int), x.astype(int)] == entry["id"]).all()
        assert (seen == 2).all()
