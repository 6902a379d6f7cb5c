"""NYUv2 with 13 classes from its files to samples, and SIMO's images of it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.nyuv2 import IMAGE_HW, write_nyuv2
from miniatures.plant import change
from miniatures.scene import draw

from polytask.data.labelled import MultiTaskDataset
from polytask.data.nyuv2 import NYUv2Layout
from polytask.data.tree import open_tree
from polytask.errors import UserError
from polytask.tasks import IGNORE

TASKS = ("semseg", "depth", "normals")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_nyuv2(tmp_path / "nyuv2")


def open_set(root: Path, split: str = "train", tasks: tuple[str, ...] = TASKS) -> MultiTaskDataset:
    return MultiTaskDataset(root, split, tasks, 13, None, IMAGE_HW, layout="nyuv2_npy")


@pytest.mark.parametrize("label_type", [np.int64, np.int8, np.float64])
def test_labels_mean_what_was_written(tmp_path: Path, label_type: type) -> None:
    data = open_set(write_nyuv2(tmp_path / "nyuv2", label_type=label_type))
    scene, sample = draw(1, IMAGE_HW), data[1]
    corner = np.zeros(IMAGE_HW, bool)
    corner[:2, :2] = True
    semseg = np.where(corner, IGNORE, np.where(scene.is_box, 12, 0))
    assert sample["semseg"].dtype == torch.int64 and (sample["semseg"].numpy() == semseg).all()
    assert (sample["image"].numpy() == scene.image.transpose(2, 0, 1)).all()
    assert sample["depth"].shape == (1, *IMAGE_HW) and sample["depth"].dtype == torch.float32
    assert (sample["depth"][0].numpy() == np.where(corner, 0, scene.depth)).all()
    normals = np.where(corner, 0, scene.normals.transpose(2, 0, 1))
    np.testing.assert_allclose(sample["normals"].numpy(), normals, atol=1e-6)


def test_numbers_are_counted_not_sorted_as_words(tmp_path: Path) -> None:
    data = open_set(write_nyuv2(tmp_path / "nyuv2", {"train": 11}))
    assert data.ids == [f"train/{number}" for number in range(11)]


def test_simo_draws_its_images_as_torch_splits_them() -> None:
    layout = NYUv2Layout(None, "", {"train": 795, "val": 654})
    parts = torch.utils.data.random_split(range(654), [400, 254], torch.Generator().manual_seed(42))
    for split, part in zip(("simo_val", "simo_test"), parts, strict=True):
        assert layout.ids(split) == [f"val/{number}" for number in part.indices]
    assert sorted(layout.ids("simo_val") + layout.ids("simo_test")) == sorted(layout.ids("val"))


def test_simo_needs_all_of_val(root: Path) -> None:
    with pytest.raises(UserError, match="nyuv2: simo_test is drawn from 654 images; val has 2"):
        open_set(root, "simo_test")


@pytest.mark.parametrize(
    ("file", "how", "message"),
    [
        ("image/0.npy", lambda v: v * 255, r"image/0\.npy: colours must lie in 0\.\.1, not"),
        ("image/0.npy", lambda v: v[..., 0], r"image/0\.npy: an image has 3 channels"),
        ("image/0.npy", lambda v: v * np.nan, r"image/0\.npy: colours must lie in 0\.\.1"),
        ("label/0.npy", lambda v: v + 1, r"label/0\.npy: value 13 is outside -1\.\.12"),
        ("label/0.npy", lambda v: v - 1, r"label/0\.npy: value -2 is outside -1\.\.12"),
        ("label/0.npy", lambda v: v / 2 + 0.1, r"label/0\.npy: classes must be whole numbers"),
        ("label/0.npy", lambda v: v[1:], r"label/0\.npy: the label is 19 x 28 pixels"),
        ("depth/0.npy", lambda v: v - 1, r"depth/0\.npy: depth -\S+ m is negative"),
        ("normal/0.npy", lambda v: v * 127, r"normal/0\.npy: normals must lie in -1\.\.1"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(root: Path, file: str, how, message: str) -> None:
    change(f"train/{file}", how)(root)
    with pytest.raises(UserError, match=message):
        open_set(root)[0]


def test_a_gap_in_the_numbers_is_named(root: Path) -> None:
    (root / "train/image/1.npy").unlink()
    with pytest.raises(UserError, match=r"has no train/image/1\.npy"):
        open_set(root)


def test_the_layout_is_found_in_the_one_folder_of_a_tree(root: Path) -> None:
    layout = NYUv2Layout.find(open_tree(root.parent))
    assert layout is not None and layout.image("val/1") == "nyuv2/val/image/1.npy"
    assert NYUv2Layout.find(open_tree(root / "train")) is None
