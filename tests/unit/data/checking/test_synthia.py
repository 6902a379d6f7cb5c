"""`data check` on SYNTHIA: an intact copy passes, each planted defect is named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from miniatures.plant import Defect, assert_told_and_left_alone, change, cut, remove
from miniatures.scene import save_16
from miniatures.synthia import BENCHMARK, write_synthia

from polytask.data.checking.whole import check_copy
from polytask.data.png16 import read_png_16


def change_16(file: str, how: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], object]:
    def plant(root: Path) -> None:
        values = read_png_16((root / file).read_bytes(), file).copy()
        save_16(root / file, how(values).astype(np.uint16))

    return plant


def set_pixel(value: int) -> Callable[[np.ndarray], np.ndarray]:
    def how(values: np.ndarray) -> np.ndarray:
        values[3, 3, 0] = value
        return values

    return how


DEFECTS = [
    Defect("missing image", remove("RGB/0000002.png"), r"all 0000002: has no RGB/0000002\.png"),
    Defect(
        "missing label",
        remove("GT/LABELS/0000002.png"),
        r"all 0000002 semseg: has no GT/LABELS/0000002\.png",
    ),
    Defect("truncated image", cut("RGB/0000002.png"), r"RGB/0000002\.png: truncated or damaged"),
    Defect(
        "a label that did not unpack",
        cut("GT/LABELS/0000002.png"),
        r"GT/LABELS/0000002\.png: truncated or unreadable",
    ),
    Defect(
        "unknown class",
        change_16("GT/LABELS/0000002.png", set_pixel(23)),
        r"GT/LABELS/0000002\.png: class id 23 is outside 0\.\.22",
    ),
    Defect(
        "a class whose lower eight bits are known",
        change_16("GT/LABELS/0000002.png", set_pixel(256 + 3)),
        r"GT/LABELS/0000002\.png: class id 259 is outside 0\.\.22",
    ),
    Defect(
        "labels of 8 bits",
        change("GT/LABELS/0000002.png", lambda v: v),
        r"GT/LABELS/0000002\.png: must be a grey or RGB PNG of 16 bits per channel; is RGB",
    ),
    Defect(
        "no class of the 16",
        change_16("GT/LABELS/0000002.png", lambda v: v * 0),
        r"GT/LABELS/0000002\.png: no pixel is labelled",
    ),
    Defect(
        "metres",
        change_16("Depth/Depth/0000002.png", lambda v: v // 100),
        r"Depth/Depth/0000002\.png: half of the depths are below 0\.",
    ),
    Defect(
        "depth of another size",
        change_16("Depth/Depth/0000002.png", lambda v: v[:-1]),
        r"Depth/Depth/0000002\.png: the label is 19 x 28 pixels",
    ),
]


@pytest.mark.parametrize("colour_depth", [False, True])
def test_an_intact_copy_passes_and_is_described(tmp_path: Path, colour_depth: bool) -> None:
    report = check_copy(
        BENCHMARK, write_synthia(tmp_path / "RAND_CITYSCAPES", colour_depth=colour_depth)
    )
    assert report.findings == []
    assert report.values["semseg"].classes == {0, 9, 12}
    assert report.values["semseg"].num_ignored == 5 * 28


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(tmp_path: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, write_synthia(tmp_path / "RAND_CITYSCAPES"), defect)
