"""Taskonomy from its files to samples."""

from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.plant import change, remove
from miniatures.scene import as_png, draw, save
from miniatures.taskonomy import IMAGE_HW, VIEWS, write_taskonomy, write_tiny_val

from polytask.data.labelled import MultiTaskDataset
from polytask.data.taskonomy.buildings import SIMO, SIMO_IMAGES, TINY
from polytask.data.taskonomy.reader import CLASSES, TaskonomyLayout
from polytask.data.tree import open_tree
from polytask.errors import UserError

TASKS = ("semseg", "depth", "normals", "edge_texture", "keypoints", "autoencoder")
FIRST = TINY["tiny_val"][0]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tiny_val(tmp_path / "taskonomy")


def open_set(root: Path, tasks: tuple[str, ...] = TASKS) -> MultiTaskDataset:
    return MultiTaskDataset(root, "tiny_val", tasks, 17, None, (28, 28), layout="taskonomy")


def plant(root: Path, folder: str, domain: str, values: np.ndarray) -> None:
    """Replace a label of the first image by values in its upper left corner, else as it was."""
    file = f"{folder}/{FIRST}/{VIEWS[0]}_domain_{domain}.png"

    def how(before: np.ndarray) -> np.ndarray:
        before[: values.shape[0], : values.shape[1]] = values
        return before

    change(file, how)(root)


def test_a_sample_has_the_labels_of_its_files(root: Path) -> None:
    data, scene = open_set(root), draw(1, IMAGE_HW)
    assert data.ids[:2] == [f"{FIRST}/{view}" for view in VIEWS] and len(data) == 10
    assert data.class_names == CLASSES and len(CLASSES) == 17
    sample = {key: value[..., 2:26, 2:26].numpy() for key, value in data[1].items() if key in TASKS}
    corner, window = np.zeros(IMAGE_HW, bool), np.zeros(IMAGE_HW, bool)
    corner[:2, :2], window[-2:, :2] = True, True
    classes = np.where(corner, 255, np.where(scene.is_box, 16, 0))
    assert (sample["semseg"] == classes).all()
    depth = np.where(corner | window, 0, scene.depth)
    np.testing.assert_allclose(sample["depth"][0], depth, atol=0.5 / 512)
    normals = np.where(corner, 0, scene.normals.transpose(2, 0, 1))
    np.testing.assert_allclose(sample["normals"], normals, atol=0.01)
    assert sample["edge_texture"].max() == pytest.approx(11041 / 65535)
    image = scene.image.transpose(2, 0, 1)
    np.testing.assert_allclose(sample["autoencoder"], image / 127.5 - 1, atol=1e-6)
    assert torch.isnan(data[1]["keypoints"][:, :2]).all()
    assert torch.isnan(data[1]["autoencoder"][:, :, :2]).all()


def test_textures_are_those_of_its_files_and_their_lack_is_told(root: Path) -> None:
    for file in (root / "edge_texture").rglob("*.png"):
        file.unlink()
    with pytest.raises(UserError, match=r"task 'edge_texture' lacks labels: .*edge_texture"):
        open_set(root)


def test_depth_is_metres_up_to_16(root: Path) -> None:
    plant(root, "depth_zbuffer", "depth_zbuffer", np.array([[512, 768, 8191, 8192, 65535, 0]]))
    assert open_set(root)[0]["depth"][0, 2, 2:8].tolist() == [1, 1.5, 8191 / 512, 0, 0, 0]


def test_class_0_is_uncertain_and_1_the_background(root: Path) -> None:
    plant(root, "segment_semantic", "segmentsemantic", np.array([[0, 1, 2, 17]]))
    assert open_set(root)[0]["semseg"][2, 2:6].tolist() == [255, 0, 1, 16]
    assert (CLASSES[0], CLASSES[1], CLASSES[16]) == ("background", "bottle", "vase")


def test_what_the_mask_hides_has_no_depth_and_no_normal(root: Path) -> None:
    mask = np.full(IMAGE_HW, 255, np.uint8)
    mask[10] = 0
    save(root / f"mask_valid/{FIRST}/{VIEWS[0]}_domain_depth_zbuffer.png", mask)
    sample = open_set(root)[0]
    assert not sample["depth"][0, 12].any() and not sample["normals"][:, 12].any()
    assert sample["depth"][0, 13, 2:26].all() and (sample["semseg"][12, 2:26] != 255).all()
    assert not sample["edge_texture"][0, 12, 2:26].isnan().any()


def test_files_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    """A digit comes before the underscore."""
    views = ("point_1_view_1", "point_1_view_10", "point_2_view_0", "point_10_view_0")
    write_taskonomy(tmp_path, {"allensville": views})
    layout = TaskonomyLayout.find(open_tree(tmp_path))
    assert layout is not None and layout.images["allensville"] == [
        "allensville/point_10_view_0",
        "allensville/point_1_view_10",
        "allensville/point_1_view_1",
        "allensville/point_2_view_0",
    ]


def test_omnitools_puts_a_folder_before_the_building(root: Path, tmp_path: Path) -> None:
    buildings = dict.fromkeys(TINY["tiny_val"], VIEWS)
    other = write_taskonomy(tmp_path / "omni", buildings, between="taskonomy")
    ours, theirs = open_set(root)[3], open_set(other)[3]
    for key, values in ours.items():
        same = torch.as_tensor(values), torch.as_tensor(theirs[key])
        torch.testing.assert_close(*same, rtol=0, atol=0, equal_nan=True)


def test_a_split_lacks_no_building(root: Path) -> None:
    for view in VIEWS:
        remove(f"rgb/{FIRST}/{view}_domain_rgb.png")(root)
    with pytest.raises(UserError, match=f"tiny_val lacks 1 of 5 buildings: {FIRST}$"):
        open_set(root)


def test_another_partition_is_told_which_splits_there_are(root: Path) -> None:
    layout = TaskonomyLayout.find(open_tree(root.parent))
    assert layout is not None
    with pytest.raises(UserError, match="no split 'medium_train'; there are tiny_train, tiny_val"):
        layout.ids("medium_train")


def test_splits_have_the_published_sizes_and_share_no_building() -> None:
    assert [len(set(names)) for names in TINY.values()] == [25, 5, 5]
    assert [len(set(names)) for names in SIMO.values()] == [8, 4, 4]
    for splits in (TINY, SIMO):
        assert len(set().union(*splits.values())) == sum(map(len, splits.values()))
    assert {len(SIMO[split]) * count for split, count in SIMO_IMAGES.items()} == {16_000, 4_000}
    assert "collierville" in TINY["tiny_val"] and "collierville" in SIMO["simo_train"]
    of_tiny_train = set(TINY["tiny_train"])
    assert of_tiny_train.intersection(*[SIMO["simo_val"] + SIMO["simo_test"]]) == {
        "beechwood", "klickitat", "shelbyville", "onaga", "tolstoy",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "domain", "how", "message"),
    [
        (
            "depth_zbuffer",
            "depth_zbuffer",
            lambda v: (v >> 8).astype(np.uint8),
            "depth has 16 bits per",
        ),
        (
            "keypoints2d",
            "keypoints2d",
            lambda v: v.astype(np.uint8),
            "16 bits per channel, not",
        ),
        ("normal", "normal", lambda v: v[..., 0], r"normals labels need \(3,\) channels per pixel"),
        ("segment_semantic", "segmentsemantic", lambda v: v + 1, r"value 18 is outside 0\.\.17"),
        (
            "segment_semantic",
            "segmentsemantic",
            lambda v: v.astype(np.uint16),
            "has 8 bits per ch",
        ),
        ("edge_texture", "edge_texture", lambda v: v[::2], "the label is 12 x 24 pixels, its"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(
    root: Path, folder: str, domain: str, how, message: str
) -> None:
    file = f"{folder}/{FIRST}/{VIEWS[0]}_domain_{domain}.png"
    change(file, how)(root)
    with pytest.raises(UserError, match=message) as caught:
        open_set(root)[0]
    assert str(caught.value).startswith(f"{root}/{file}: ")


def test_encoded_normals_are_those_of_the_scene() -> None:
    assert as_png(np.array([0.0, 1.0, -1.0])).tolist() == [128, 255, 0]
