"""`data check` on Virtual KITTI 2: an intact copy passes, each planted defect is named."""

import re
from pathlib import Path

import numpy as np
import pytest
from miniatures.plant import Defect, assert_told_and_left_alone, change, cut, remove
from miniatures.scene import save_16
from miniatures.vkitti2 import BENCHMARK, FRAMES, IMAGE_HW, files, write_vkitti2
from PIL import Image

from polytask.data.checking.whole import check_copy

FILES = files(FRAMES[2])
RGB, CLASSES, DEPTH = (re.escape(FILES[kind]) for kind in ("rgb", "classSegmentation", "depth"))


def paint(row: int, colour: tuple[int, int, int]):
    def how(values: np.ndarray) -> np.ndarray:
        values[row, 0] = colour
        return values

    return change(FILES["classSegmentation"], how)


def times(factor: float):
    def plant(root: Path) -> None:
        path = root / FILES["depth"]
        depth = np.asarray(Image.open(path)) * factor
        save_16(path, np.rint(depth).clip(0, 65535).astype(np.uint16))

    return plant


DEFECTS = [
    Defect("missing image", remove(FILES["rgb"]), f"all {FRAMES[2]}: has no {RGB}"),
    Defect("missing label", remove(FILES["depth"]), f"all {FRAMES[2]} depth: has no {DEPTH}"),
    Defect("truncated image", cut(FILES["rgb"]), f"{RGB}: truncated or damaged"),
    Defect("truncated classes", cut(FILES["classSegmentation"]), f"{CLASSES}: truncated or unre"),
    Defect("truncated depth", cut(FILES["depth"]), f"{DEPTH}: truncated or unreadable"),
    Defect(
        "unknown colour", paint(3, (1, 2, 3)), rf"{CLASSES}: colour \(1, 2, 3\) is no class of Virt"
    ),
    Defect(
        "a colour beyond all others",
        paint(3, (255, 255, 255)),
        rf"{CLASSES}: colour \(255, 255, 255\) is no class",
    ),
    Defect(
        "classes as numbers",
        change(FILES["classSegmentation"], lambda v: v[..., 0]),
        f"{CLASSES}: classes must be colours",
    ),
    Defect(
        "millimetres", times(10), rf"{DEPTH}: half of the depths are above 1\d\d\S* m: are they"
    ),
    Defect(
        "metres", times(0.01), rf"{DEPTH}: half of the depths are below 0\.\S+ m: are they in an"
    ),
    Defect(
        "depth of 8 bits",
        change(FILES["depth"], lambda v: (v // 256).astype(np.uint8)),
        f"{DEPTH}: must be a grey or RGB PNG of 16 bits",
    ),
    Defect(
        "nothing but sky",
        lambda root: save_16(root / FILES["depth"], np.full(IMAGE_HW, 65535, np.uint16)),
        f"{DEPTH}: no pixel is labelled",
    ),
    Defect(
        "label of another size",
        change(FILES["classSegmentation"], lambda v: v[1:]),
        f"{CLASSES}: the label is 19 x 28 pixels, its image 20 x 28",
    ),
    Defect(
        "another image size",
        change(FILES["rgb"], lambda v: v[:, 1:]),
        f"{RGB}: is 20 x 27 pixels; published: 20 x 28",
    ),
]


def test_an_intact_copy_passes_and_is_described(tmp_path: Path) -> None:
    report = check_copy(BENCHMARK, write_vkitti2(tmp_path / "vkitti2"))
    assert report.findings == []
    assert report.splits == {"all": 12} and report.encodings == {"JPEG RGB": 12}
    semseg, depth = report.values["semseg"], report.values["depth"]
    assert semseg.classes == {1, 5, 12} and semseg.num_ignored == 12
    assert depth.num_ignored == 12 * 28 and depth.low >= 5 and depth.high < 20.1


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(tmp_path: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, write_vkitti2(tmp_path / "vkitti2"), defect)


def test_lost_frames_are_counted(tmp_path: Path) -> None:
    root = write_vkitti2(tmp_path / "vkitti2", FRAMES[:-1])
    told = [str(finding) for finding in check_copy(BENCHMARK, root).findings]
    assert told == ["all: lists 11 images; published: 12"]
