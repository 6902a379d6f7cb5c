"""`data check` on PASCAL-Context: an intact copy passes, each planted defect is named."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from miniatures.pascal_context import BENCHMARK, write_pascal_context, write_things
from miniatures.plant import (
    Defect,
    assert_told_and_left_alone,
    change,
    cut,
    remove,
    write,
)
from scipy.io import savemat

from polytask.data.checking.whole import check_copy
from polytask.data.layouts import open_layout

VAL = "2008_000002"
TRAIN = "2008_000008"
CONTEXT = f"pascal-context/trainval/{TRAIN}.mat"
PARTS = f"human_parts/{TRAIN}.mat"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pascal_context(tmp_path / "PASCALContext")


def matlab(file: str, **variables: object) -> Callable[[Path], object]:
    return lambda root: savemat(root / file, variables)


def bodiless(root: Path) -> None:
    write_things(root, TRAIN, [("person", 15, np.ones((4, 4), bool), [])])


DEFECTS = [
    Defect(
        "a split names an image that is not there",
        write("ImageSets/Context/val.txt", f"{VAL}\n2009_999999\n"),
        r"val 2009_999999: has no JPEGImages/2009_999999\.jpg$",
    ),
    Defect(
        "missing class map",
        remove(f"semseg/VOC12/{TRAIN}.png"),
        rf"train {TRAIN} semseg: has no semseg/VOC12/{TRAIN}\.png or semseg/pascal-context/",
    ),
    Defect("missing annotation", remove(PARTS), rf"train {TRAIN} human_parts: has no human_parts/"),
    Defect(
        "truncated photo",
        cut(f"JPEGImages/{TRAIN}.jpg"),
        rf"JPEGImages/{TRAIN}\.jpg: truncated or damaged",
    ),
    Defect("truncated matrix", cut(CONTEXT), rf"{CONTEXT}: truncated or unreadable MATLAB file"),
    Defect("empty matrix", cut(CONTEXT, 0), rf"{CONTEXT}: truncated or unreadable MATLAB file"),
    Defect(
        "a matrix of another data set",
        matlab(CONTEXT, groundTruth=np.ones((20, 28))),
        rf"{CONTEXT}: holds no LabelMap",
    ),
    Defect(
        "a matrix of another size",
        matlab(CONTEXT, LabelMap=np.ones((28, 20), np.uint16)),
        rf"{CONTEXT}: the label is 28 x 20 pixels, its image ",
    ),
    Defect(
        "annotations of another size",
        bodiless,
        rf"{PARTS}: the label is 4 x 4 pixels, its image ",
    ),
    Defect(
        "annotations of another kind",
        matlab(PARTS, anno=np.ones((2, 2))),
        rf"{PARTS}: anno is no annotation of VOC-part",
    ),
    Defect(
        "class out of range",
        change(f"semseg/VOC12/{TRAIN}.png", lambda v: np.where(v == 15, 59, v).astype("u1")),
        rf"semseg/VOC12/{TRAIN}\.png: value 59 is outside 0\.\.20 \(or 255, ignored\)",
    ),
    Defect(
        "everything ignored",
        change(f"semseg/VOC12/{TRAIN}.png", lambda v: v * 0 + np.uint8(255)),
        rf"semseg/VOC12/{TRAIN}\.png: no pixel is labelled",
    ),
    Defect(
        "saliency of 0 and 1",
        change(f"sal_distill/{TRAIN}.png", lambda v: v // 200),
        rf"sal_distill/{TRAIN}\.png: values are 0 and 1; saliency is grey",
    ),
    Defect(
        "grey normals",
        change(f"normals_distill/{TRAIN}.png", lambda v: v[..., 0]),
        rf"normals_distill/{TRAIN}\.png: normals labels need \(3,\) channels",
    ),
    Defect(
        "dim normals",
        change(f"normals_distill/{TRAIN}.png", lambda v: v // 4 + np.uint8(96)),
        rf"normals_distill/{TRAIN}\.png: \d+% of the normals are neither unit vectors nor zero",
    ),
    Defect(
        "a blank photo",
        change(f"JPEGImages/{TRAIN}.jpg", lambda v: v * 0),
        rf"JPEGImages/{TRAIN}\.jpg: is of one single colour",
    ),
    Defect(
        "a photo at another scale",
        change(f"JPEGImages/{TRAIN}.jpg", lambda v: np.tile(v, (30, 1, 1))),
        rf"JPEGImages/{TRAIN}\.jpg: is \d+ x \d+ pixels; none has over 512 x 512",
    ),
    Defect(
        "training images in val",
        write("ImageSets/Context/val.txt", f"{VAL}\n{TRAIN}\n"),
        rf"val: shares images with train: {TRAIN}$",
    ),
    Defect(
        "lost lines", write("ImageSets/Context/val.txt", f"{VAL}\n"), "val: lists 1 images; publ"
    ),
    Defect(
        "boundaries judged on training images",
        write("ImageSets/Context/test_new.txt", f"{TRAIN}\n"),
        rf"test_new: lists images that are not in val: {TRAIN}$",
    ),
    Defect(
        "boundaries judged on too many images",
        write("ImageSets/Context/test_new.txt", f"{VAL}\n2010_000003\n"),
        "test_new: lists 2 images; published: 1$",
    ),
]


def test_the_list_of_earlier_papers_is_taken_where_it_is_there(root: Path) -> None:
    write("ImageSets/Context/test_new.txt", f"{VAL}\n")(root)
    assert check_copy(BENCHMARK, root).findings == []
    assert open_layout("pascal_context", root).ids("test_new") == [VAL]


def test_a_file_of_two_labels_is_named_once(root: Path) -> None:
    cut(CONTEXT)(root)
    assert [finding.subject for finding in check_copy(BENCHMARK, root).findings] == [CONTEXT]


def test_an_intact_copy_passes_and_is_described(root: Path) -> None:
    report = check_copy(BENCHMARK, root)
    assert report.findings == []
    assert len(report.sizes) == 2 and sum(report.sizes.values()) == 5
    assert report.values["semseg"].classes == {0, 15}
    assert report.values["semseg"].num_ignored > 0
    assert report.values["human_parts"].classes == {0, 1, 2, 6}
    assert 0 < report.values["normals"].ignored < 0.3


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(root: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, root, defect)
