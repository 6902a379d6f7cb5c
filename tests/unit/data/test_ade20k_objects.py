"""Instances and panoptic segments of ADE20K."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.ade20k import SIZES, flags, write_ade20k
from miniatures.scene import draw, save

from polytask.data.ade20k_objects import STUFF, THINGS
from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.data.objects import Objects
from polytask.errors import UserError

NAME = "validation/ADE_val_00000001"
SCENE = draw(101, SIZES[1])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_ade20k(tmp_path / "ADEChallengeData2016")


def label(root: Path, task: str) -> Objects:
    layout = open_layout("ade20k", root)
    sources = read(layout.tree, layout.labels(task, NAME))
    return layout.decode_label(task, sources, 150, SIZES[1])


def test_fifty_classes_are_stuff_and_a_hundred_are_things(root: Path) -> None:
    assert len(STUFF) == 50 and len(THINGS) == 100 and {*STUFF, *THINGS} == {*range(150)}
    wall, sky, floor, bed, person, flag = 0, 2, 3, 7, 12, 149
    assert {wall, sky, floor} <= {*STUFF} and {bed, person, flag} <= {*THINGS}
    assert open_layout("ade20k", root).things() == THINGS


def test_two_objects_of_one_class_are_two(root: Path) -> None:
    found, numbers = label(root, "instances"), flags(SCENE)[..., 1]
    assert found.classes.tolist() == [99, 99] and THINGS[99] == 149
    assert (found.masks == [numbers == 1, numbers == 5]).all()
    assert found.areas.sum() == SCENE.is_box.sum() and not found.crowd.any()


def test_stuff_is_what_things_leave_of_it(root: Path) -> None:
    file = root / "annotations_instance" / f"{NAME}.png"
    colours = flags(SCENE)
    colours[-1, -3:] = 1, 9, 0
    save(file, colours)
    found = label(root, "panoptic")
    assert found.classes.tolist() == [149, 149, 7, 0]
    wall = ~SCENE.is_box
    wall[:2, :2] = wall[-1, -3:] = False
    assert (found.masks[3] == wall).all()
    assert found.masks.sum(axis=0).max() == 1 and not found.masks[:, :2, :2].any()


def test_what_has_no_object_leaves_no_segment(root: Path) -> None:
    """Pixels of a thing's class without an object are of no segment."""
    file = root / "annotations_instance" / f"{NAME}.png"
    save(file, np.zeros_like(flags(SCENE)))
    assert label(root, "instances").masks.shape == (0, *SIZES[1])
    found = label(root, "panoptic")
    assert found.classes.tolist() == [0] and not found.masks[0][SCENE.is_box].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v[..., 0], r"annotations_instance/\S+\.png: instances are colours"),
        (lambda v: v[2:], r"annotations_instance/\S+\.png: the label is "),
        (lambda v: v + np.uint8([1, 0, 0]) * (v[..., :1] > 0), "one class of 1 to 100"),
        (lambda v: v * np.uint8([0, 1, 1]), "one class of 1 to 100"),
        (lambda v: np.where(v == 5, 1, v) - (v[..., 1:2] == 5) * [9, 0, 0], "one class of 1 to"),
    ],
)
def test_another_form_is_told(root: Path, change, message: str) -> None:
    save(root / "annotations_instance" / f"{NAME}.png", change(flags(SCENE)).astype(np.uint8))
    with pytest.raises(UserError, match=message):
        label(root, "instances")
