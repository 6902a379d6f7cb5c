"""`data check` on ADE20K: an intact copy passes, each planted defect is named."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from miniatures.ade20k import BENCHMARK, write_ade20k
from miniatures.plant import Defect, assert_told_and_left_alone, change, cut, remove

from polytask.data.checking.objects import ObjectCounts
from polytask.data.checking.whole import check_copy

IMAGE = "images/validation/ADE_val_00000001.jpg"
LABEL = "annotations/validation/ADE_val_00000001.png"
OBJECTS = "annotations_instance/validation/ADE_val_00000001.png"


def second_class(colours: np.ndarray) -> np.ndarray:
    """Half of the first object has another class."""
    row, column = np.argwhere(colours[..., 1] == 1)[0]
    colours[row, column, 0] = 99
    return colours


DEFECTS = [
    Defect("missing image", remove(IMAGE), rf"validation \S+_val_00000001: has no {IMAGE}"),
    Defect("missing label", remove(LABEL), rf"validation \S+_val_00000001 semseg: has no {LABEL}"),
    Defect("truncated image", cut(IMAGE), f"{IMAGE}: truncated or damaged"),
    Defect("truncated label", cut(LABEL), f"{LABEL}: truncated or unreadable"),
    Defect(
        "class out of range",
        change(LABEL, lambda v: v + np.uint8(1)),
        f"{LABEL}: value 151 is outside 0..150",
    ),
    Defect("nothing labelled", change(LABEL, lambda v: v * 0), f"{LABEL}: no pixel is labelled"),
    Defect("label of another size", change(LABEL, lambda v: v.T), f"{LABEL}: the label is 24 x 32"),
    Defect(
        "the colours of the full data set",
        change(LABEL, lambda v: np.stack([v] * 3, -1)),
        rf"{LABEL}: semseg labels need \(1,\) channels",
    ),
    Defect("missing objects", remove(OBJECTS), rf"validation \S+001 instances: has no {OBJECTS}"),
    Defect("truncated objects", cut(OBJECTS), f"{OBJECTS}: truncated or unreadable"),
    Defect("objects of another size", change(OBJECTS, lambda v: v[2:]), f"{OBJECTS}: .*30 x 24"),
    Defect(
        "objects without colours",
        change(OBJECTS, lambda v: v[..., 0]),
        rf"{OBJECTS}: instances are colours \(RGB\)",
    ),
    Defect(
        "an object of two classes",
        change(OBJECTS, second_class),
        f"{OBJECTS}: an object must have one class of 1 to 100",
    ),
    Defect(
        "no validation images",
        lambda root: (
            shutil.rmtree(root / "images/validation"),
            shutil.rmtree(root / "annotations/validation"),
        ),
        "validation: no split 'validation'; there are training",
    ),
]


def test_an_intact_copy_passes_and_is_described(tmp_path: Path) -> None:
    report = check_copy(BENCHMARK, write_ade20k(tmp_path / "ADEChallengeData2016"))
    assert report.findings == []
    assert report.splits == {"training": 3, "validation": 2}
    assert report.values["semseg"].classes == {0, 149}
    assert report.values["semseg"].num_ignored == 5 * 4
    assert report.objects == ObjectCounts(5, 5, 10, 0, frozenset({99}))


def test_a_copy_without_the_second_archive_passes(tmp_path: Path) -> None:
    root = write_ade20k(tmp_path / "ade")
    shutil.rmtree(root / "annotations_instance")
    report = check_copy(BENCHMARK, root)
    assert report.findings == []
    assert report.objects == ObjectCounts()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(tmp_path: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, write_ade20k(tmp_path / "ade"), defect)
