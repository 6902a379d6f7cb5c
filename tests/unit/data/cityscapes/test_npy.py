"""Cityscapes at 128 x 256 from its files to samples, and SIMO's images of it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.cityscapes import NPY_HW, write_cityscapes_npy
from miniatures.nyuv2 import write_nyuv2
from miniatures.plant import change
from miniatures.scene import draw

from polytask.data.cityscapes.npy import CityscapesNpyLayout
from polytask.data.labelled import MultiTaskDataset
from polytask.data.nyuv2 import NYUv2Layout
from polytask.data.tree import open_tree
from polytask.errors import UserError
from polytask.tasks import IGNORE

TASKS = ("semseg", "part_segmentation", "disparity")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_cityscapes_npy(tmp_path / "cityscapes")


def open_set(root: Path, num_classes: int = 19) -> MultiTaskDataset:
    return MultiTaskDataset(
        root, "train", TASKS, num_classes, None, NPY_HW, layout="cityscapes_npy"
    )


def test_labels_mean_what_was_written(root: Path) -> None:
    scene, sample = draw(1, NPY_HW), open_set(root)[1]
    corner = np.zeros(NPY_HW, bool)
    corner[:2, :2] = True
    for task, last in (("semseg", 18), ("part_segmentation", 9)):
        expected = np.where(corner, IGNORE, np.where(scene.is_box, last, 0))
        assert (sample[task].numpy() == expected).all()
    inverse = np.where(scene.is_box, 6401, 1281) / np.float32(65535)
    np.testing.assert_allclose(sample["disparity"][0].numpy(), np.where(corner, 0, inverse))


def test_of_several_folders_with_classes_the_one_with_the_most_counts(
    root: Path, tmp_path: Path
) -> None:
    assert open_set(root).label_files["semseg"][0] == ("train/label_19/0.npy",)
    mtan = write_cityscapes_npy(tmp_path / "mtan", labels={"label_2": 2, "label_7": 7})
    seven = open_set(mtan, 7)
    assert seven.label_files["semseg"][0] == ("train/label_7/0.npy",)
    assert (open_set(root).class_names or [])[18] == "bicycle" and seven.class_names is None
    assert seven[0]["semseg"].unique().tolist() == [0, 6, IGNORE]


def test_simo_draws_its_images_as_torch_splits_them() -> None:
    layout = CityscapesNpyLayout(None, "", {"train": 2975, "val": 500})
    generator = torch.Generator().manual_seed(42)
    parts = torch.utils.data.random_split(range(2975), [2380, 595], generator)
    for split, part in zip(("simo_train", "simo_val"), parts, strict=True):
        assert layout.ids(split) == [f"train/{number}" for number in part.indices]
    assert layout.ids("val") == [f"val/{number}" for number in range(500)]


def test_numbered_folders_of_two_data_sets_are_told_apart(root: Path, tmp_path: Path) -> None:
    nyuv2 = write_nyuv2(tmp_path / "nyuv2")
    assert CityscapesNpyLayout.find(open_tree(nyuv2)) is None
    assert NYUv2Layout.find(open_tree(root)) is None


@pytest.mark.parametrize(
    ("file", "how", "message"),
    [
        ("label_19", lambda v: v + 1, r"value 19 is outside -1\.\.18"),
        ("part_seg", lambda v: v + 1, r"value 10 is outside -1\.\.9"),
        ("part_seg", lambda v: v * 0.9, "classes must be whole numbers"),
        ("depth", lambda v: np.where(v == 0, -1, v), r"disparity -1 is negative; .*Auto-Lambda"),
        ("depth", lambda v: (v * 65535).astype(np.uint16), "must be floating-point .*uint16"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(root: Path, file: str, how, message: str) -> None:
    change(f"train/{file}/0.npy", how)(root)
    with pytest.raises(UserError, match=rf"{file}/0\.npy: .*{message}"):
        open_set(root)[0]
