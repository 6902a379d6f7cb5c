"""`data check` on Taskonomy: an intact copy passes, each planted defect is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from miniatures.plant import Defect, assert_told_and_left_alone, change, cut, remove, rename
from miniatures.taskonomy import SIMO_VAL, TINY_VAL, write_simo, write_tiny_val

from polytask.data.checking.lines import lines
from polytask.data.checking.whole import check_copy
from polytask.data.taskonomy.simo import SimoTaskonomyLayout


def file(folder: str, building: str, domain: str, view: str = "point_0_view_0") -> str:
    return f"{folder}/{building}/{view}_domain_{domain}.png"


RGB = file("rgb", "corozal", "rgb")
CLASSES = file("segment_semantic", "corozal", "segmentsemantic")
DEPTH = file("depth_zbuffer", "corozal", "depth_zbuffer")
NORMAL = file("normal", "corozal", "normal")
EDGES = file("edge_texture", "corozal", "edge_texture")
KEYPOINTS = file("keypoints2d", "corozal", "keypoints2d")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_val(tmp_path / "taskonomy")


@pytest.fixture
def simo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(SimoTaskonomyLayout, "file_hw", (24, 24))
    return write_simo(tmp_path / "taskonomy", ["simo_val"])


TINY_DEFECTS = [
    Defect(
        "a building that was not loaded",
        rename("rgb/darden", "rgb/.darden"),
        r"tiny_val: tiny_val lacks 1 of 5 buildings: darden$",
    ),
    Defect(
        "a label that was not loaded",
        remove(KEYPOINTS),
        r"tiny_val corozal/point_0_view_0 keypoints: has no keypoints2d/corozal/point_0_view_0_dom",
    ),
    Defect("a transfer that stopped", cut(NORMAL), rf"{NORMAL}: truncated or unreadable label"),
    Defect("a broken image", cut(RGB), rf"{RGB}: truncated or damaged image"),
    Defect(
        "depth as 8 bits",
        change(DEPTH, lambda v: (v >> 8).astype(np.uint8)),
        rf"{DEPTH}: depth has 16 bits per channel, not uint8$",
    ),
    Defect(
        "classes as colours",
        change(CLASSES, lambda v: np.repeat(v[..., None], 3, -1)),
        rf"{CLASSES}: semseg labels need \(1,\) channels",
    ),
    Defect(
        "a class too many",
        change(CLASSES, lambda v: v + 1),
        rf"{CLASSES}: value 18 is outside 0\.\.17",
    ),
    Defect(
        "another image size",
        change(RGB, lambda v: v[:20]),
        rf"{RGB}: is 20 x 24 pixels; published: 24 x 24$",
    ),
    Defect(
        "another label size",
        change(EDGES, lambda v: v[:, :12]),
        rf"{EDGES}: the label is 24 x 12 pixels, its image 24 x 24",
    ),
    Defect(
        "no depth at all", change(DEPTH, lambda v: v * 0 + 65535), rf"{DEPTH}: no pixel is labelled"
    ),
    Defect("no edges at all", change(EDGES, lambda v: v * 0), rf"{EDGES}: every pixel is 0$"),
    Defect("grey normals", change(NORMAL, lambda v: v * 0 + 128), rf"{NORMAL}: no pixel is label"),
]
SIMO_DEFECTS = [
    Defect(
        "a lost image",
        remove(RGB),
        r"simo_val: lists 1 images of corozal; published: 2$",
    ),
    Defect("a lost image, in all", remove(RGB), r"simo_val: lists 7 images; published: 8$"),
    Defect(
        "resized before",
        change(RGB, lambda v: v[::2, ::2]),
        rf"{RGB}: is 12 x 12 pixels; Taskonomy's are 24 x 24, and are halved here$",
    ),
    Defect(
        "a label resized before",
        change(DEPTH, lambda v: v[::2, ::2]),
        rf"{DEPTH}: the label is 12 x 12 pixels, its image 24 x 24",
    ),
    Defect(
        "keypoints as 8 bits",
        change(KEYPOINTS, lambda v: (v >> 8).astype(np.uint8)),
        rf"{KEYPOINTS}: keypoints has 16 bits per channel, not uint8$",
    ),
    Defect("no keypoints", change(KEYPOINTS, lambda v: v * 0), rf"{KEYPOINTS}: every pixel is -1$"),
]


def test_an_intact_copy_passes_and_is_described(tiny: Path) -> None:
    report = check_copy(TINY_VAL, tiny)
    assert report.findings == [] and report.splits == {"tiny_val": 10}
    assert report.values["semseg"].classes == {0, 16}
    assert {task: values.num_ignored for task, values in report.values.items()} == {
        "semseg": 40, "depth": 80, "normals": 40, "edge_texture": 0, "keypoints": 0,
    }  # fmt: skip
    said = "\n".join(lines(report))
    assert "2 of 17 classes occur" in said and " m\n" in said and "0 to 0.168\n" in said


def test_an_intact_subset_of_simo_passes(simo: Path) -> None:
    report = check_copy(SIMO_VAL, simo)
    assert report.findings == [] and report.sizes == {(12, 12): 8}
    assert 0.5 < report.values["depth"].low < report.values["depth"].high < 1
    assert -1 <= report.values["edge_texture"].low < report.values["edge_texture"].high <= 1


@pytest.mark.parametrize("defect", TINY_DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(tiny: Path, defect: Defect) -> None:
    assert_told_and_left_alone(TINY_VAL, tiny, defect)


@pytest.mark.parametrize("defect", SIMO_DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_of_simos_subset_is_named(simo: Path, defect: Defect) -> None:
    assert_told_and_left_alone(SIMO_VAL, simo, defect)


def test_a_partition_without_published_counts_is_not_counted(tiny: Path) -> None:
    remove(RGB)(tiny)
    counted = replace(TINY_VAL, splits={"tiny_val": 10})
    assert [str(each) for each in check_copy(counted, tiny).findings] == [
        "tiny_val: lists 9 images; published: 10"
    ]
    assert check_copy(TINY_VAL, tiny).findings == []
