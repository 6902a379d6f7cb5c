"""`data check` on NYUD-v2: an intact copy passes, each planted defect is named."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.nyud import BENCHMARK, IMAGE_HW, write_nyud
from miniatures.plant import (
    Defect,
    assert_told_and_left_alone,
    change,
    cut,
    remove,
    rename,
    write,
)

from polytask.data.checking.whole import check_copy


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_nyud(tmp_path / "NYUDv2")


def grey(values: np.ndarray) -> np.ndarray:
    return values // 2


DEFECTS = [
    Defect(
        "a split names an image that is not there",
        write("gt_sets/val.txt", "0001\n0099\n"),
        r"val 0099: has no images/0099\.jpg or ",
    ),
    Defect("missing label", remove("depth/0001.npy"), r"val 0001 depth: has no depth/0001\.npy$"),
    Defect(
        "label of another archive",
        rename("segmentation/0001.png", "segmentation/0001.mat"),
        r"val 0001 semseg: .*; segmentation/0001\.mat is there, of another archive",
    ),
    Defect("truncated image", cut("images/0003.png"), r"images/0003\.png: truncated or damaged"),
    Defect("truncated array", cut("depth/0003.npy"), r"depth/0003\.npy: truncated or unreadable"),
    Defect("empty file", cut("edge/0003.png", 0), r"edge/0003\.png: truncated or unreadable"),
    Defect(
        "label of another size",
        change("edge/0004.png", lambda v: v[1:]),
        r"edge/0004\.png: the label is 19 x 28 pixels, its image 20 x 28",
    ),
    Defect(
        "class out of range",
        change("segmentation/0004.png", lambda v: v + np.uint8(1)),
        r"segmentation/0004\.png: value 41 is outside 0\.\.40",
    ),
    Defect(
        "everything unlabelled",
        change("segmentation/0004.png", lambda v: v * 0),
        r"segmentation/0004\.png: no pixel is labelled",
    ),
    Defect(
        "classes as colours",
        change("segmentation/0004.png", lambda v: np.stack([v] * 3, -1)),
        r"segmentation/0004\.png: semseg labels need \(1,\) channels",
    ),
    Defect(
        "16 bits",
        change("segmentation/0004.png", lambda v: v.astype(np.uint16)),
        r"segmentation/0004\.png: label images hold 8 bits",
    ),
    Defect(
        "millimetres",
        change("depth/0005.npy", lambda v: v * 1000),
        r"depth/0005\.npy: half of the depths are above \d+.*: millimetres, where metres",
    ),
    Defect(
        "centimetres",
        change("depth/0005.npy", lambda v: v * 100),
        r"depth/0005\.npy: half of the depths are above \d+.*: centimetres, where metres",
    ),
    Defect(
        "millimetres as whole numbers",
        change("depth/0005.npy", lambda v: (v * 1000).astype(np.uint16)),
        r"depth/0005\.npy: depth must be floating-point metres, not uint16",
    ),
    Defect(
        "one depth too far",
        change("depth/0005.npy", lambda v: np.where(v == v.max(), 65.535, v)),
        r"depth/0005\.npy: depth 65\.535 m is more than the 10 m",
    ),
    Defect(
        "negative depth",
        change("depth/0005.npy", lambda v: -v),
        r"depth/0005\.npy: depth -\S+ m is negative",
    ),
    Defect(
        "no depth",
        change("depth/0005.npy", lambda v: v * np.float32(np.nan)),
        r"depth/0005\.npy: no pixel is labelled",
    ),
    Defect("grey boundaries", change("edge/0001.png", grey), r"edge/0001\.png: .* two values"),
    Defect(
        "inverted boundaries",
        change("edge/0001.png", lambda v: 255 - v),
        r"edge/0001\.png: \d+% of the pixels are boundary; is the map inverted",
    ),
    Defect(
        "a picture instead of normals",
        change("normals/0002.png", lambda v: v * np.uint8(0) + np.uint8(160)),
        r"normals/0002\.png: no pixel is labelled",
    ),
    Defect(
        "normals of which a part is wrong",
        change(
            "normals/0002.png", lambda v: np.where(np.arange(28)[:, None] < 7, 160, v).astype("u1")
        ),
        r"normals/0002\.png: 25% of the normals are neither unit vectors nor zero",
    ),
    Defect(
        "another image size",
        change("images/0002.png", lambda v: v[:, 1:]),
        r"images/0002\.png: is 20 x 27 pixels; published: 20 x 28",
    ),
    Defect(
        "a blank image",
        change("images/0002.png", lambda v: v * 0),
        r"images/0002\.png: is of one single colour",
    ),
    Defect("lost line", write("gt_sets/train.txt", "0003\n0004\n"), r"train: lists 2 images; publ"),
    Defect(
        "a line twice",
        write("gt_sets/train.txt", "0003\n0004\n0003\n"),
        r"train: lists more than once: 0003$",
    ),
    Defect(
        "training images in val",
        write("gt_sets/val.txt", "0001\n0003\n"),
        r"val: shares images with train: 0003$",
    ),
    Defect("empty list", write("gt_sets/val.txt", "\n"), r"val: gt_sets/val\.txt lists no images"),
    Defect("missing list", remove("gt_sets/val.txt"), r"val: no split 'val'; there are train"),
    Defect("a way out", write("gt_sets/val.txt", "0001\n../0002\n"), r"val \.\./0002: unsafe file"),
]


@pytest.mark.parametrize("variant", ["png", "npy"])
def test_an_intact_copy_passes_and_is_described(tmp_path: Path, variant: str) -> None:
    report = check_copy(BENCHMARK, write_nyud(tmp_path / "NYUDv2", variant=variant))
    assert report.findings == []
    assert report.splits == {"train": 3, "val": 2}
    assert report.sizes == {IMAGE_HW: 5}
    semseg, depth = report.values["semseg"], report.values["depth"]
    assert semseg.classes == {0, 39}
    assert semseg.num_ignored == 5 * 4  # two by two pixels of each
    assert (depth.num_files, depth.num_pixels, depth.num_ignored) == (5, 5 * 20 * 28, 5)
    assert 1 <= depth.low < 2.1 and 3 <= depth.high < 4.1
    assert report.values["normals"].num_ignored == 0
    assert report.values["edge"].classes == {0, 1}


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(root: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, root, defect)


def test_a_defect_hides_no_other(root: Path) -> None:
    for defect in DEFECTS[3:5]:
        defect.plant(root)
    told = [str(finding) for finding in check_copy(BENCHMARK, root, num_threads=3).findings]
    assert [line.partition(":")[0] for line in told] == ["images/0003.png", "depth/0003.npy"]


def test_threads_change_nothing(root: Path) -> None:
    for defect in DEFECTS[5:9]:
        defect.plant(root)
    one, many = (check_copy(BENCHMARK, root, num_threads=n) for n in (1, 4))
    assert one.findings == many.findings
    assert one.values == many.values
