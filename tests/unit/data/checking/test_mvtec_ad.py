"""`data check` on MVTec AD: an intact copy passes, each planted defect is named."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.mvtec_ad import BENCHMARK, write_mvtec_ad
from miniatures.plant import Defect, assert_told_and_left_alone, change, cut, remove, rename

from polytask.data.checking.whole import check_copy

IMAGE = "screw/test/scratch_head/001.png"
MASK = "screw/ground_truth/scratch_head/001_mask.png"

DEFECTS = [
    Defect("missing mask", remove(MASK), rf"screw/test screw\S+/001 semseg: has no {MASK}"),
    Defect("missing photo", remove(IMAGE), f"{MASK}: masks {IMAGE}, which is missing"),
    Defect("truncated photo", cut(IMAGE), f"{IMAGE}: truncated or damaged"),
    Defect("truncated mask", cut(MASK), f"{MASK}: truncated or unreadable"),
    Defect(
        "a mask of 1s", change(MASK, lambda v: v // 255), f"{MASK}: masks are grey and hold two"
    ),
    Defect(
        "a mask in colour",
        change(MASK, lambda v: np.stack([v] * 3, -1)),
        f"{MASK}: masks are grey and hold two values",
    ),
    Defect("an empty mask", change(MASK, lambda v: v * 0), f"{MASK}: marks no pixel"),
    Defect(
        "a mask of another size",
        change(MASK, lambda v: v[::2, ::2]),
        f"{MASK}: the label is 12 x 12 pixels, its image 24 x 24",
    ),
    Defect(
        "a defect among the training photos",
        rename("screw/test/scratch_head", "screw/train/scratch_head"),
        r"screw/train/scratch_head/000\.png: training photos show no defects",
    ),
    Defect(
        "a lost category",
        rename("leather", "../leather"),
        "leather/test: no split 'leather/test'; there are screw/test",
    ),
    Defect(
        "a lost photo", remove("screw/train/good/001.png"), "screw/train: lists 1 images; publish"
    ),
]


def test_an_intact_copy_passes_and_is_described(tmp_path: Path) -> None:
    report = check_copy(BENCHMARK, write_mvtec_ad(tmp_path / "mvtec"))
    assert report.findings == []
    assert report.splits == dict(BENCHMARK.splits)
    assert report.values["semseg"].num_files == 10
    assert report.values["semseg"].classes == {0, 1}


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(tmp_path: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, write_mvtec_ad(tmp_path / "mvtec"), defect)
