"""Objects and classes of images from their files to batches, and rooms with them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from polytask.data.labelled import MultiTaskDataset
from polytask.data.rooms.classes import CLASSES, ROOM_KINDS, THINGS
from polytask.data.rooms.render import render
from polytask.data.rooms.write import write_rooms
from polytask.data.sampling import batches_of
from polytask.data.views import RandomResizedCrop
from polytask.errors import UserError

from .conftest import save

HW = (10, 12)
LABELS = ("instances", "panoptic", "image_class")
RECORDS = [
    {"id": 0, "class": "wall"},
    {"id": 300, "class": "wall"},
    {"id": 2, "class": "person", "keypoints": [[1.5, 2.5, 2]] * 17},
    {"id": 3, "class": "chair"},
    {"id": 9, "class": "rug"},
]


def numbers() -> np.ndarray:
    """Two walls, a person of 20 pixels, a chair of 15; the rug is hidden."""
    values = np.zeros(HW, np.uint16)
    values[:, 6:] = 300
    values[2:6, 0:5] = 2
    values[7:10, 6:11] = 3
    return values


def write(root: Path, records: object = RECORDS) -> Path:
    save(root / "images/0001.png", np.zeros((*HW, 3), np.uint8))
    save(root / "instances/0001.png", numbers())
    for file, text in {
        "objects/0001.json": json.dumps(records),
        "image_class/0001.txt": "dining\n",
        "gt_sets/train.txt": "0001\n",
        "classes.json": json.dumps(
            {
                "classes": ["wall", "chair", "rug", "person"],
                "things": ["chair", "person"],
                "image_classes": ["living", "dining"],
            }
        ),
    }.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    return root


def open_set(root: Path, labels: tuple[str, ...] = LABELS, **options: object) -> MultiTaskDataset:
    options = {"split": "train", "view_policy": None, "image_size": HW, **options}
    return MultiTaskDataset(root, tasks=labels, num_classes=4, **options)


def test_instances_are_large_things_by_their_place_among_things(tmp_path: Path) -> None:
    found = open_set(write(tmp_path))[0]["instances"]
    assert found["classes"].tolist() == [1]
    assert (found["masks"].numpy() == (numbers() == 2)).all()
    assert found["boxes"].tolist() == [[0, 2, 5, 6]]
    assert found["areas"].tolist() == [20]
    assert found["keypoints"].tolist() == [[[1.5, 2.5, 2]] * 17]
    dtypes = {name: values.dtype for name, values in found.items()}
    assert dtypes == {
        "masks": torch.bool, "boxes": torch.float32, "classes": torch.int64, "crowd": torch.bool,
        "areas": torch.float32, "keypoints": torch.float32,
    }  # fmt: skip


def test_panoptic_adds_one_segment_for_all_surfaces_of_a_class(tmp_path: Path) -> None:
    found = open_set(write(tmp_path))[0]["panoptic"]
    assert found["classes"].tolist() == [3, 0]
    walls = np.isin(numbers(), (0, 300))
    assert (found["masks"][1].numpy() == walls).all() and found["areas"][1] == walls.sum()
    assert not found["keypoints"][1].any()
    assert found["masks"].sum(0).max() == 1


def test_a_layout_says_which_classes_are_things_and_which_are_of_images(tmp_path: Path) -> None:
    data = open_set(write(tmp_path))
    assert data.layout.things() == (1, 3)
    assert data.layout.image_classes() == ("living", "dining")
    assert data[0]["image_class"].shape == () and data[0]["image_class"] == 1
    (tmp_path / "classes.json").unlink()
    layout = open_set(tmp_path, ()).layout
    assert layout.things() == () and layout.image_classes() == ()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("objects/0001.json", "[{", r"objects/0001\.json: must be a JSON list"),
        ("objects/0001.json", '[{"id": 1}]', r"objects/0001\.json: must be a JSON list"),
        (
            "objects/0001.json",
            '[{"id": 1, "class": "wall", "keypoints": [[1, 2, 3]]}]',
            r"0001\.json: must be a JSON list .* 17",
        ),
        ("objects/0001.json", '[{"id": 1, "class": "sky"}]', r"json: 'sky' is not among the \"cl"),
        ("image_class/0001.txt", "attic", r"0001\.txt: 'attic' is no class of images \(living, d"),
        ("classes.json", '{"classes": ["wall"]}', r'classes\.json: must be .* under "things"$'),
        (
            "classes.json",
            '{"classes": ["wall"], "things": ["cow"]}',
            r'under "things"; \'cow\' is not among its classes',
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told(
    tmp_path: Path, file: str, content: str, message: str
) -> None:
    write(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(UserError, match=message):
        _ = open_set(tmp_path)[0]


def test_colours_and_other_sizes_are_no_numbers_of_objects(tmp_path: Path) -> None:
    write(tmp_path)
    save(tmp_path / "instances/0001.png", np.zeros((*HW, 3), np.uint8))
    with pytest.raises(UserError, match=r"instances/0001\.png: numbers of objects are grey"):
        _ = open_set(tmp_path)[0]
    save(tmp_path / "instances/0001.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(UserError, match=r"instances/0001\.png: the label is 4 x 4"):
        _ = open_set(tmp_path)[0]


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "objects/0001.json").unlink()
    with pytest.raises(UserError, match=r"task 'panoptic' lacks labels: .*objects/0001\.json"):
        open_set(tmp_path, ("panoptic",))


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rooms") / "rooms.tar"
    write_rooms(path, {"train": range(6)}, size=48)
    return path


def test_rooms_come_back_as_they_were_rendered(rooms: Path) -> None:
    data = open_set(rooms, image_size=(48, 48))
    assert data.layout.things() == tuple(CLASSES.index(name) for name in THINGS)
    joints = 0
    for seed in range(6):
        room, sample = render(seed, "day", 48), data[seed]
        objects = {each["id"]: each for each in room["objects"] if each["class"] in THINGS}
        large = [each for each in objects.values() if each["pixels"] >= 16]
        found = sample["instances"]
        assert [THINGS[k] for k in found["classes"]] == [each["class"] for each in large]
        assert found["boxes"].tolist() == [list(each["box"]) for each in large]
        assert found["areas"].tolist() == [each["pixels"] for each in large]
        for mask, points, each in zip(found["masks"], found["keypoints"], large, strict=True):
            assert (mask.numpy() == (room["instance"] == each["id"])).all()
            assert (points.numpy() == each.get("keypoints", 0)).all()
        joints += int((found["keypoints"][..., 2] > 0).sum())
        semseg = np.full((48, 48), 255)
        for mask, kind in zip(
            sample["panoptic"]["masks"], sample["panoptic"]["classes"], strict=True
        ):
            assert (semseg[mask] == 255).all()
            semseg[mask] = kind
        small = [n for n, each in objects.items() if each["pixels"] < 16]
        void = np.isin(room["instance"], small)
        assert (semseg[void] == 255).all() and (semseg[~void] == room["semseg"][~void]).all()
        assert ROOM_KINDS[sample["image_class"]] == room["room"]
    assert joints > 17


def test_a_batch_keeps_the_objects_of_each_image_and_stacks_the_rest(rooms: Path) -> None:
    labels = (*LABELS, "semseg")
    policy = RandomResizedCrop(scale=(0.1, 0.5))
    data = MultiTaskDataset(rooms, "train", labels, len(CLASSES), policy, (32, 32))
    keys = [(index, view) for index in range(6) for view in range(3)]
    (batch,) = batches_of(data, keys, len(keys))
    assert batch["image"].shape == (18, 3, 32, 32) and batch["semseg"].shape == (18, 32, 32)
    assert batch["image_class"].shape == (18,) and batch["image_class"].dtype == torch.int64
    for label in ("instances", "panoptic"):
        assert isinstance(batch[label], list) and len(batch[label]) == 18
        for key, found in zip(keys, batch[label], strict=True):
            assert torch.equal(found["masks"], data[key][label]["masks"])
            assert (found["masks"].sum((1, 2)) >= 4).all()
    for semseg, found in zip(batch["semseg"], batch["panoptic"], strict=True):
        for mask, kind in zip(found["masks"], found["classes"], strict=True):
            assert (semseg[mask] == kind).all()


def test_plain_images_keep_what_training_drops(tmp_path: Path) -> None:
    """Shrunk to a twelfth nothing of the person is left to learn from; it is still annotated."""
    data = open_set(
        write(tmp_path), image_size=(2, 2), shrink=True, view_policy=RandomResizedCrop(scale=(1, 1))
    )
    assert len(data[0]["instances"]["masks"]) == 1
    assert len(data[0, 0]["instances"]["masks"]) == 0
