"""COCO 2017 from its files to classes."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from miniatures.coco import CATEGORIES, IMAGE_HW, NAMES, write_coco
from miniatures.scene import draw

from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.errors import UserError
from polytask.tasks import IGNORE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_coco(tmp_path / "coco")


def label(root: Path, name: str, num_classes: int = len(CATEGORIES)) -> np.ndarray:
    layout = open_layout("coco", root)
    layout.ids("val")
    sources = read(layout.tree, layout.labels("semseg", name))
    return layout.decode_label("semseg", sources, num_classes, IMAGE_HW)


def expected(number: int) -> np.ndarray:
    """Persons are the first category, rugs the fifth."""
    semseg = np.where(draw(number, IMAGE_HW).is_box, 0, 4)
    semseg[:2, :2] = IGNORE
    return semseg


@pytest.mark.parametrize("name", ["val/000000000139", "val/000000000285", "train/000000000009"])
def test_segments_become_their_categories_place(root: Path, name: str) -> None:
    found = label(root, name)
    assert found.dtype == np.uint8 and (found == expected(int(name[-3:]))).all()


def test_labels_may_lie_beside_their_json(root: Path) -> None:
    folder = "panoptic_val2017"
    (root / folder).rename(root / "annotations" / folder)
    assert (label(root, "val/000000000285") == expected(285)).all()


def test_ids_are_in_the_order_of_the_file_and_names_with_them(root: Path) -> None:
    layout = open_layout("coco", root.parent)
    assert layout.ids("val") == ["val/000000000139", "val/000000000285"]
    assert layout.image("val/000000000139") == "coco/val2017/000000000139.jpg"
    assert layout.class_names(2) == list(NAMES)


def test_another_process_can_read_on(root: Path) -> None:
    layout = open_layout("coco", root)
    layout.ids("val")
    other = pickle.loads(pickle.dumps(layout))
    sources = read(other.tree, other.labels("semseg", "val/000000000139"))
    found = other.decode_label("semseg", sources, len(CATEGORIES), IMAGE_HW)
    assert (found == expected(139)).all()


def test_another_number_of_classes_is_told(root: Path) -> None:
    with pytest.raises(UserError, match=r"panoptic_val2017\.json: has 5 categories, not the 133"):
        label(root, "val/000000000139", 133)


def test_an_entry_of_another_form_is_told(root: Path) -> None:
    file = root / "annotations/panoptic_val2017.json"
    file.write_text(json.dumps({"annotations": [{"id": 3}], "categories": []}))
    with pytest.raises(UserError, match=r"json: an entry of 'annotations' is not as COCO's: {\"id"):
        open_layout("coco", root).ids("val")


def test_a_split_without_panoptic_labels_is_told(root: Path) -> None:
    with pytest.raises(UserError, match="coco: no panoptic labels of 'test'"):
        open_layout("coco", root).ids("test")
