"""`data check` on Cityscapes, official and npy: intact copies pass, planted defects are named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from miniatures.cityscapes import (
    BENCHMARK,
    IMAGE_HW,
    NPY_BENCHMARK,
    write_cityscapes,
    write_cityscapes_npy,
)
from miniatures.plant import Defect, assert_told_and_left_alone, change, cut, remove, rename

from polytask.data.benchmarks import Benchmark
from polytask.data.checking.lines import lines
from polytask.data.checking.whole import check_copy

AACHEN, LINDAU = "aachen/aachen_000000_000019", "lindau/lindau_000000_000019"
IMAGE = f"leftImg8bit/train/{AACHEN}_leftImg8bit.png"
IDS = f"gtFine/train/{AACHEN}_gtFine_labelIds.png"
PARTS = f"gtFinePanopticParts/val/{LINDAU}_gtFinePanopticParts.tif"
DISPARITY = f"disparity/val/{LINDAU}_disparity.png"

OFFICIAL = [
    Defect("lost image", remove(IMAGE), r"train: lists 2 images; published: 3$"),
    Defect("truncated image", cut(IMAGE), rf"{IMAGE}: truncated or damaged image"),
    Defect(
        "another image size",
        change(IMAGE, lambda v: v[::2, ::2]),
        rf"{IMAGE}: is 16 x 32 pixels; published: 32 x 64",
    ),
    Defect("a blank image", change(IMAGE, lambda v: v * 0 + 9), rf"{IMAGE}: is of one single col"),
    Defect(
        "lost labels",
        remove(IDS),
        rf"train train/{AACHEN} semseg: has no {IDS}.*gtFine_trainvaltest\.zip holds it$",
    ),
    Defect(
        "train ids under the name of label ids",
        change(IDS, lambda v: np.where(v == 1, 255, v)),
        rf"{IDS}: value 255 is no label id \(0\.\.33\)",
    ),
    Defect("colours", change(IDS, lambda v: np.stack([v] * 3, 2)), rf"{IDS}: label ids are one"),
    Defect("labels of the test split", change(IDS, lambda v: v * 0), rf"{IDS}: no pixel is labell"),
    Defect(
        "labels of another size",
        change(IDS, lambda v: v[::2]),
        rf"{IDS}: the label is 16 x 64 pixels, its image 32 x 64",
    ),
    Defect(
        "parts as png",
        rename(PARTS, PARTS.replace(".tif", ".png")),
        rf"val val/{LINDAU} part_segmentation: .*\.png is there, of another archive or version",
    ),
    Defect("truncated parts", cut(PARTS), rf"{PARTS}: truncated or unreadable label image"),
    Defect("parts that are none", change(PARTS, lambda v: v * 100), rf"{PARTS}: value 260010300"),
    Defect(
        "disparities in 8 bits",
        change(DISPARITY, lambda v: (v // 256).astype(np.uint8)),
        rf"{DISPARITY}: disparities are one channel of 16 bits",
    ),
    Defect(
        "disparities of another scale",
        change(DISPARITY, lambda v: v * 6),
        rf"{DISPARITY}: disparity 150\.02 is more than 128: is it in another unit\?",
    ),
    Defect("no disparity", change(DISPARITY, lambda v: v * 0), rf"{DISPARITY}: no pixel is lab"),
]

NPY = [
    Defect("lost parts", remove("train/part_seg/1.npy"), r"train train/1 part_segmentation: has"),
    Defect(
        "label ids under the name of classes",
        change("train/label_19/0.npy", lambda v: v + 8),
        r"train/label_19/0\.npy: value 26 is outside -1\.\.18",
    ),
    Defect(
        "parts with gaps",
        change("val/part_seg/0.npy", lambda v: v * 100),
        r"val/part_seg/0\.npy: value -100 is outside -1\.\.9",
    ),
    Defect(
        "Auto-Lambda's mark of invalid pixels",
        change("val/depth/1.npy", lambda v: np.where(v == 0, -1, v)),
        r"val/depth/1\.npy: disparity -1 is negative; 0 marks invalid pixels here",
    ),
    Defect(
        "Auto-Lambda's unit",
        change("val/depth/1.npy", lambda v: v * 64),
        r"val/depth/1\.npy: disparity 6\.25\d* is more than 0\.5: is it in another unit\?",
    ),
    Defect("truncated image", cut("val/image/1.npy"), r"val/image/1\.npy: truncated or unreadable"),
    Defect("lost end", remove("train/image/2.npy"), r"train: lists 2 images; published: 3$"),
]


def test_an_intact_copy_passes_and_is_described(tmp_path: Path) -> None:
    report = check_copy(BENCHMARK, write_cityscapes(tmp_path))
    assert report.findings == []
    assert report.splits == {"train": 3, "val": 2} and report.sizes == {IMAGE_HW: 5}
    assert report.values["semseg"].classes == {0, 13}
    assert report.values["part_segmentation"].classes == {0, 6, 7}
    assert [report.values[task].num_ignored for task in BENCHMARK.tasks] == [20, 0, 20]
    told = list(lines(report))
    assert "  part_segmentation 5 labels, 0.0% of the pixels ignored, 3 of 10 classes occur" in told
    assert "  disparity    5 labels, 0.2% of the pixels ignored, 5 to 25" in told


def test_an_intact_npy_copy_passes_and_is_described(tmp_path: Path) -> None:
    report = check_copy(NPY_BENCHMARK, write_cityscapes_npy(tmp_path))
    assert report.findings == []
    assert report.values["part_segmentation"].classes == {0, 9}
    assert [report.values[task].num_ignored for task in NPY_BENCHMARK.tasks] == [20, 20, 20]


CASES = [
    *((BENCHMARK, write_cityscapes, defect) for defect in OFFICIAL),
    *((NPY_BENCHMARK, write_cityscapes_npy, defect) for defect in NPY),
]


@pytest.mark.parametrize(("benchmark", "write", "defect"), CASES, ids=lambda value: getattr(
    value, "name", ""))  # fmt: skip
def test_a_planted_defect_is_named_and_nothing_changes(
    tmp_path: Path, benchmark: Benchmark, write: Callable[[Path], Path], defect: Defect
) -> None:
    assert_told_and_left_alone(benchmark, write(tmp_path), defect)
