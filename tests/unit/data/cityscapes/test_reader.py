"""Cityscapes from its official files to samples."""

from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.cityscapes import IMAGE_HW, seed_of, write_cityscapes
from miniatures.scene import draw

from polytask.data.cityscapes.reader import CityscapesLayout
from polytask.data.labelled import MultiTaskDataset
from polytask.data.tree import open_tree
from polytask.errors import UserError
from polytask.tasks import IGNORE

TASKS = ("semseg", "part_segmentation", "disparity", "depth")
AACHEN = "train/aachen/aachen_000000_000019"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_cityscapes(tmp_path / "cityscapes")


def open_set(
    root: Path, split: str = "train", tasks: tuple[str, ...] = TASKS, num_classes: int = 19
) -> MultiTaskDataset:
    return MultiTaskDataset(root, split, tasks, num_classes, None, IMAGE_HW, layout="cityscapes")


def test_labels_mean_what_was_written(root: Path) -> None:
    data = open_set(root)
    sample, scene = data[0], draw(seed_of("aachen_000000_000019"), IMAGE_HW)
    corner = np.zeros(IMAGE_HW, bool)
    corner[:2, :2] = True
    assert (sample["image"].numpy() == scene.image.transpose(2, 0, 1)).all()
    semseg = np.where(corner, IGNORE, np.where(scene.is_box, 13, 0))
    assert (sample["semseg"].numpy() == semseg).all()
    parts = np.where(scene.is_edge, 7, np.where(scene.is_box, 6, 0))
    assert (sample["part_segmentation"].numpy() == np.where(corner, 0, parts)).all()
    pixels = np.where(corner, 0, np.where(scene.is_box, 25, 5))
    assert sample["disparity"].dtype == torch.float32
    assert (sample["disparity"][0].numpy() == pixels).all()
    metres = np.where(corner, 0, np.where(scene.is_box, 20, 100))  # 0.25 m x 2000 / disparity
    np.testing.assert_allclose(sample["depth"][0].numpy(), metres)
    assert data.class_names[13] == "car" and len(data.class_names) == 19


def test_images_come_by_city_and_frame(root: Path) -> None:
    layout = CityscapesLayout.find(open_tree(root))
    assert layout.splits == ["test", "train", "val"]
    assert [name.rpartition("/")[2] for name in layout.ids("train")] == [
        "aachen_000000_000019", "aachen_000002_000019", "zurich_000001_000019",
    ]  # fmt: skip
    assert layout.ids("train")[0] == AACHEN


def test_other_files_of_the_packages_are_no_images(root: Path) -> None:
    before = open_set(root, tasks=()).ids
    folder = root / "leftImg8bit/train/aachen"
    for name in ("aachen_000000_000019_leftImg8bit.txt", "aachen_000000_000020_rightImg8bit.png"):
        (folder / name).write_bytes(b"")
    (root / "leftImg8bit/train_extra/bonn").mkdir(parents=True)
    (root / "leftImg8bit/train_extra/bonn/bonn_000000_000019_leftImg8bit.png").write_bytes(b"")
    assert open_set(root, tasks=()).ids == before


def test_the_test_split_has_disparities_and_no_public_labels(root: Path) -> None:
    assert open_set(root, "test", ("disparity",))[0]["disparity"].max() == 25
    for task in ("semseg", "part_segmentation"):
        with pytest.raises(UserError, match=f"the {task} labels of Cityscapes' test split are not"):
            open_set(root, "test", (task,))


@pytest.mark.parametrize(
    ("task", "file", "package"),
    [
        ("semseg", "gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png", "gtFine_tr"),
        (
            "part_segmentation",
            "gtFinePanopticParts/train/aachen/aachen_000000_000019_gtFinePanopticParts.tif",
            "gtFinePanopticParts_trainval.zip",
        ),
        ("disparity", "disparity/train/aachen/aachen_000000_000019_disparity.png", "disparity_tr"),
        ("depth", "camera/train/aachen/aachen_000000_000019_camera.json", "camera_trainvaltest"),
    ],
)
def test_a_missing_file_is_named_with_its_package(
    root: Path, task: str, file: str, package: str
) -> None:
    (root / file).unlink()
    with pytest.raises(UserError, match=f"has no {file}.*the package {package}"):
        open_set(root, tasks=(task,))


def test_another_number_of_classes_is_refused(root: Path) -> None:
    with pytest.raises(UserError, match=r"labelIds\.png: has 19 classes; check `num_classes`"):
        open_set(root, num_classes=7)[0]


def test_the_layout_is_found_in_the_one_folder_of_a_tree(root: Path) -> None:
    layout = CityscapesLayout.find(open_tree(root.parent))
    assert layout is not None
    assert layout.image(AACHEN) == f"cityscapes/leftImg8bit/{AACHEN}_leftImg8bit.png"
    assert CityscapesLayout.find(open_tree(root / "gtFine")) is None
