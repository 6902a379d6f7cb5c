"""MVTec AD from its files to masks."""

from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.mvtec_ad import IMAGE_HW, write_mvtec_ad
from miniatures.scene import draw

from polytask.data.labelled import MultiTaskDataset
from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.data.sampling import in_order
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
    with pytest.raises(
        UserError, match="no labels for task 'sal'; there are semseg, anomaly_mask, anomaly"
    ):
        layout.labels("sal", "screw/test/good/000")
    with pytest.raises(UserError, match="no split 'screw'; there are leather/test"):
        layout.ids("screw")


def test_a_joint_split_has_the_photos_of_its_categories_in_their_order(root: Path) -> None:
    layout = open_layout("mvtec_ad", root)
    assert layout.ids("screw+leather/test") == [
        *layout.ids("screw/test"),
        *layout.ids("leather/test"),
    ]
    with pytest.raises(UserError, match="no split 'wood/test'; there are leather/test"):
        layout.ids("screw+wood/test")


def test_samples_say_whether_and_where_they_show_a_defect_and_of_what(root: Path) -> None:
    """Padded by two pixels on each side, as which nothing is defective."""
    size = (IMAGE_HW[0] + 4, IMAGE_HW[1] + 4)
    data = MultiTaskDataset(
        root, "leather+screw/test", ("anomaly",), 2, None, size, layout="mvtec_ad"
    )
    [batch] = in_order(data, 6)
    assert [name.split("/")[2] for name in data.ids] == [
        "cut", "good", "good", "good", "scratch_head", "scratch_head",
    ]  # fmt: skip
    assert batch["anomaly"].dtype == batch["category"].dtype == torch.int64
    assert batch["anomaly"].tolist() == [1, 0, 0, 0, 1, 1]
    assert batch["category"].tolist() == [0, 0, 0, 1, 1, 1]
    masks = batch["anomaly_mask"]
    assert masks.shape == (6, 1, *size) and masks.dtype == torch.float32
    assert (masks[5, 0, 2:-2, 2:-2].numpy() == draw(101, IMAGE_HW).is_box).all()
    assert masks[5].sum() == masks[5, 0, 2:-2, 2:-2].sum() and not masks[1:4].any()
