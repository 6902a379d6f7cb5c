"""Virtual KITTI 2 from its files to labels."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.plant import change
from miniatures.scene import draw
from miniatures.vkitti2 import FRAMES, IMAGE_HW, files, write_vkitti2

from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.data.vkitti2 import CLASSES
from polytask.errors import UserError
from polytask.tasks import IGNORE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_vkitti2(tmp_path / "vkitti2")


def label(root: Path, task: str, name: str, num_classes: int = 14) -> np.ndarray:
    layout = open_layout("vkitti2", root)
    sources = read(layout.tree, layout.labels(task, name))
    return layout.decode_label(task, sources, num_classes, IMAGE_HW)


def test_labels_mean_what_was_written(root: Path) -> None:
    scene, names = draw(2, IMAGE_HW), list(CLASSES)
    semseg = np.where(scene.is_box, names.index("car"), names.index("road"))
    semseg[0], semseg[-1, 0] = names.index("sky"), IGNORE
    assert (label(root, "semseg", FRAMES[2]) == semseg).all()
    depth = label(root, "depth", FRAMES[2])
    assert (depth[0] == 0).all()
    np.testing.assert_allclose(depth[1:], 5 * scene.depth[1:], atol=0.0051)


def test_every_class_has_its_colour(root: Path) -> None:
    colours = np.zeros((*IMAGE_HW, 3), np.uint8)
    colours[0, :14] = list(CLASSES.values())
    change(files(FRAMES[0])["classSegmentation"], lambda _: colours)(root)
    found = label(root, "semseg", FRAMES[0])
    assert found[0, :14].tolist() == list(range(14))
    assert (found[1:] == IGNORE).all()


def test_splits_are_of_the_usual_variant_and_camera(root: Path) -> None:
    layout = open_layout("vkitti2", root)
    train, test = layout.ids("train"), layout.ids("test")
    assert (len(train), len(test)) == (8, 2)
    assert sorted(train + test) == FRAMES[:10]
    assert layout.ids("all") == sorted(FRAMES)


def test_one_folder_around_it_is_looked_through(root: Path) -> None:
    layout = open_layout("vkitti2", root.parent)
    assert layout.image(FRAMES[0]) == f"vkitti2/{files(FRAMES[0])['rgb']}"


@pytest.mark.parametrize("around", [False, True])
def test_each_archive_may_have_its_own_folder(root: Path, around: bool) -> None:
    """DenseMTL's README has it so."""
    for frame in FRAMES:
        for folder, file in files(frame).items():
            target = root / folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            (root / file).rename(target)
    layout = open_layout("vkitti2", root.parent if around else root)
    assert layout.ids("all") == sorted(FRAMES)
    prefix = "vkitti2/" if around else ""
    assert layout.image(FRAMES[0]) == f"{prefix}rgb/{files(FRAMES[0])['rgb']}"
    assert layout.labels("depth", FRAMES[0]) == (f"{prefix}depth/{files(FRAMES[0])['depth']}",)


def test_too_few_classes_are_told(root: Path) -> None:
    with pytest.raises(UserError, match=r"classgt_00000\.png: value 12 is outside 0\.\.11"):
        label(root, "semseg", FRAMES[0], num_classes=12)


def test_no_frames_of_the_usual_variant_is_told(tmp_path: Path) -> None:
    layout = open_layout("vkitti2", write_vkitti2(tmp_path / "vkitti2", FRAMES[-1:]))
    with pytest.raises(UserError, match="train needs 15-deg-left, Camera_0"):
        layout.ids("train")
    with pytest.raises(UserError, match="no split 'val'; there are train, test, all"):
        layout.ids("val")
