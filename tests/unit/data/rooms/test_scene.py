"""Geometry, textures and layout, each by itself."""

import numpy as np
import pytest
from skimage import data

from polytask.data.rooms.classes import ROOM_KINDS
from polytask.data.rooms.dice import Dice
from polytask.data.rooms.furniture import CATALOGUE, put
from polytask.data.rooms.layout import Layout
from polytask.data.rooms.meshes import rotation, upright_along
from polytask.data.rooms.photos import LICENCE, PICTURES, SURFACES
from polytask.data.rooms.primitives import PRIMITIVES
from polytask.data.rooms.rays import face_viewer, unit
from polytask.data.rooms.scene import build_scene
from polytask.data.rooms.textures import look_up, texture_bank
from polytask.data.rooms.workshop import Pose, Workshop


@pytest.mark.parametrize("name", PRIMITIVES)
def test_primitives_fill_their_unit_box_and_face_outwards(name):
    shape = PRIMITIVES[name]
    extent = np.ptp(shape.vertices, axis=0)
    assert np.allclose(extent[extent > 0], 1, atol=0.1)
    a, b, c = shape.vertices[shape.faces].transpose(1, 0, 2)
    outward = np.cross(b - a, c - a)
    real = np.linalg.norm(outward, axis=1) > 1e-9  # poles have triangles without area
    mean_normal = shape.normals[shape.faces].mean(1)
    assert ((outward * mean_normal).sum(1)[real] > 0).all()


def test_rotations_keep_lengths_and_hands():
    for turn in (rotation(0.3, -0.8, 1.9), upright_along(np.array([0.6, 0.0, 0.8]))):
        assert np.allclose(turn @ turn.T, np.eye(3))
        assert np.isclose(np.linalg.det(turn), 1)
    assert np.allclose(upright_along(np.array([0.6, 0.0, 0.8])) @ (0, 0, 1), (0.6, 0, 0.8))


def test_a_pose_turns_the_front_clockwise_of_yaw():
    assert np.allclose(Pose(1, 2, 3, np.pi / 2).point(0, -1, 0.5), (2, 2, 3.5))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_piece_is_one_instance_of_its_class_near_its_place(kind):
    shop = Workshop(7, "day")
    put(shop, kind, (0.8, 0.5, 0.9), Pose(2.0, 1.0, 0.0, 0.4))
    mesh = shop.builder.bake()
    assert len(shop.builder.classes) == 1
    assert np.isfinite(mesh.vertices).all()
    assert np.allclose(np.linalg.norm(mesh.surface[:3], axis=0), 1, atol=1e-5)
    assert np.abs(mesh.vertices - (2.0, 1.0, 0.0)).max() < 1.5


def test_things_do_not_overlap():
    layout = Layout(Dice([3]), 4.0, 4.5, 2.5)
    poses = [layout.on_floor(0.6, 0.5) for _ in range(30)]
    poses += [layout.at_wall(0.7, 0.4, 1.0) for _ in range(30)]
    assert len(layout.floor) == sum(pose is not None for pose in poses) > 5
    for i, place in enumerate(layout.floor):
        assert place.x - place.half_x >= 0
        assert place.x + place.half_x <= 4.0
        assert not any(place.overlaps(other, 0.0) for other in layout.floor[:i])


def test_normals_that_look_away_are_bent_back():
    directions = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]], np.float32)
    normals = unit(np.array([[1.0, 0.0], [0.0, 0.0], [0.2, -1.0]], np.float32))
    face_viewer(normals, directions)
    assert (normals[2] < 0).all()
    assert np.allclose(np.linalg.norm(normals, axis=0), 1)
    assert np.array_equal(normals[:, 1], (0, 0, -1))


def test_textures_wrap_and_blur_with_distance():
    tile = texture_bank().tiles["check"][0]
    uv = np.array([[0.1, 1.1, 0.6], [0.1, -2.9, 0.1]], np.float32)
    near = look_up(np.full(3, tile), uv, np.full(3, 1e-3, np.float32))
    assert np.array_equal(near[0], (0, 0, 1))
    noisy = texture_bank().tiles["carpet"][0]
    grid = np.random.default_rng(0).random((2, 2000)).astype(np.float32)
    spread = [
        look_up(np.full(2000, noisy), grid, np.full(2000, width, np.float32)).std()
        for width in (1e-3, 1.0)
    ]
    assert spread[1] < spread[0] / 2


def test_every_photo_is_in_the_wheel_and_in_the_licence():
    for name in PICTURES + SURFACES:
        assert np.asarray(getattr(data, name)()).ndim in (2, 3)
        assert f"  {name} " in LICENCE


NEXT_DRAW = (0.8727585905064119, 0.3859388031179065, 0.43044183566183725, 0.7433034024752315)
"""What the generator of the scenes 0 to 3 draws after everything stands in its place."""


def test_a_seed_still_means_the_scene_that_it_meant_before() -> None:
    scenes = [build_scene(seed, "day") for seed in range(4)]
    assert tuple(rng.random() for _, rng in scenes) == NEXT_DRAW
    assert [len(scene.classes) for scene, _ in scenes] == [28, 27, 24, 29]


def test_a_bedroom_has_a_bed_and_every_kind_of_room_occurs() -> None:
    scenes = [build_scene(seed, "day")[0] for seed in range(12)]
    assert {scene.room for scene in scenes} == set(ROOM_KINDS)
