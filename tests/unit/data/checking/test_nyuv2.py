"""`data check` on NYUv2 with 13 classes: an intact copy passes, each planted defect is named."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.nyuv2 import BENCHMARK, IMAGE_HW, write_nyuv2
from miniatures.plant import (
    Defect,
    assert_told_and_left_alone,
    change,
    cut,
    remove,
    rename,
)

from polytask.data.checking.whole import check_copy


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_nyuv2(tmp_path / "nyuv2")


DEFECTS = [
    Defect("lost image", remove("val/image/0.npy"), r"val val/0: has no val/image/0\.npy$"),
    Defect("lost label", remove("train/label/1.npy"), r"train train/1 semseg: has no train/lab"),
    Defect("lost end", remove("train/image/2.npy"), r"train: lists 2 images; published: 3$"),
    Defect(
        "a label as an image",
        rename("train/label/1.npy", "train/label/1.png"),
        r"train train/1 semseg: .*; train/label/1\.png is there, of another archive or version$",
    ),
    Defect("truncated image", cut("train/image/0.npy"), r"train/image/0\.npy: truncated or unr"),
    Defect("empty label", cut("train/label/0.npy", 0), r"train/label/0\.npy: truncated or unr"),
    Defect(
        "colours up to 255",
        change("train/image/0.npy", lambda v: v * 255),
        r"train/image/0\.npy: colours must lie in 0\.\.1, not \d+\.\.\d{3}$",
    ),
    Defect(
        "another image size",
        change("train/image/0.npy", lambda v: v[:, :20]),
        r"train/image/0\.npy: is 20 x 20 pixels; published: 20 x 28",
    ),
    Defect(
        "a blank image",
        change("train/image/0.npy", lambda v: v * 0 + 0.5),
        r"train/image/0\.npy: is of one single colour",
    ),
    Defect(
        "classes from 1 on",
        change("val/label/1.npy", lambda v: v + 1),
        r"val/label/1\.npy: value 13 is outside -1\.\.12",
    ),
    Defect(
        "255 for ignored",
        change("val/label/1.npy", lambda v: np.where(v < 0, 255, v)),
        r"val/label/1\.npy: value 255 is outside -1\.\.12",
    ),
    Defect(
        "nothing labelled",
        change("val/label/1.npy", lambda v: v * 0 - 1),
        r"val/label/1\.npy: no pixel is labelled",
    ),
    Defect(
        "millimetres",
        change("val/depth/1.npy", lambda v: v * 1000),
        r"val/depth/1\.npy: half of the depths are above .*: millimetres, where metres",
    ),
    Defect(
        "no depth", change("val/depth/1.npy", lambda v: v * 0), r"val/depth/1\.npy: no pixel is lab"
    ),
    Defect(
        "normals as colours",
        change("val/normal/1.npy", lambda v: (v + 1) * 127.5),
        r"val/normal/1\.npy: normals must lie in -1\.\.1",
    ),
    Defect(
        "short normals",
        change("val/normal/1.npy", lambda v: v / 4),
        r"val/normal/1\.npy: no pixel is labelled",
    ),
]


def test_an_intact_copy_passes_and_is_described(root: Path) -> None:
    report = check_copy(BENCHMARK, root)
    assert report.findings == []
    assert report.splits == {"train": 3, "val": 2} and report.sizes == {IMAGE_HW: 5}
    assert report.values["semseg"].classes == {0, 12}
    assert {task: values.num_ignored for task, values in report.values.items()} == {
        "semseg": 20,
        "depth": 20,
        "normals": 20,
    }


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(root: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, root, defect)
