"""MVTec AD from its files to masks."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.mvtec_ad import IMAGE_HW, write_mvtec_ad
from miniatures.scene import draw

from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.errors import UserError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_mvtec_ad(tmp_path / "mvtec")


def mask(root: Path, name: str) -> np.ndarray:
    layout = open_layout("mvtec_ad", root)
    sources = read(layout.tree, layout.labels("semseg", name))
    return layout.decode_label("semseg", sources, 2, IMAGE_HW)


def test_a_mask_is_where_the_defect_is_and_empty_without_one(root: Path) -> None:
    assert (mask(root, "screw/test/scratch_head/001") == draw(101, IMAGE_HW).is_box).all()
    for good in ("screw/test/good/000", "screw/train/good/001"):
        assert mask(root, good).shape == IMAGE_HW and not mask(root, good).any()


@pytest.mark.parametrize("around", [False, True])
def test_each_category_has_its_parts(root: Path, around: bool) -> None:
    layout = open_layout("mvtec_ad", root.parent if around else root)
    assert layout.splits == ["leather/test", "leather/train", "screw/test", "screw/train"]
    assert layout.class_names(2) == ["sound", "defective"]
    assert layout.ids("screw/train") == ["screw/train/good/000", "screw/train/good/001"]
    tests = layout.ids("screw/test")
    assert [layout.defect(name) for name in tests] == ["good", "scratch_head", "scratch_head"]


def test_other_labels_and_parts_are_told(root: Path) -> None:
    layout = open_layout("mvtec_ad", root)
    with pytest.raises(UserError, match="no labels for task 'sal'; there are semseg"):
        layout.labels("sal", "screw/test/good/000")
    with pytest.raises(UserError, match="no split 'screw'; there are leather/test"):
        layout.ids("screw")
