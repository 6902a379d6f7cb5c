"""ADE20K from its files to labels."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.ade20k import SIZES, write_ade20k
from miniatures.scene import draw

from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.errors import UserError
from polytask.tasks import IGNORE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_ade20k(tmp_path / "ADEChallengeData2016")


@pytest.mark.parametrize("around", [False, True])
def test_labels_mean_what_was_written(root: Path, around: bool) -> None:
    layout = open_layout("ade20k", root.parent if around else root)
    name = layout.ids("validation")[0]
    scene = draw(101, SIZES[1])
    semseg = np.where(scene.is_box, 149, 0)
    semseg[:2, :2] = IGNORE
    sources = read(layout.tree, layout.labels("semseg", name))
    assert (layout.decode_label("semseg", sources, 150, SIZES[1]) == semseg).all()
    image = layout.decode_image(*read(layout.tree, [layout.image(name)]))
    assert (image.height, image.width) == SIZES[1]


def test_parts_and_names(root: Path) -> None:
    layout = open_layout("ade20k", root)
    assert layout.ids("training") == [f"training/ADE_train_0000000{n}" for n in (1, 2, 3)]
    assert layout.ids("validation") == [f"validation/ADE_val_0000000{n}" for n in (1, 2)]
    names = layout.class_names(2)
    assert len(names) == 150 and names[:2] == ["wall", "building"] and names[-1] == "flag"
    (root / "objectInfo150.txt").unlink()
    assert open_layout("ade20k", root).class_names(2) is None


def test_other_tasks_and_parts_are_told(root: Path) -> None:
    layout = open_layout("ade20k", root)
    with pytest.raises(UserError, match="no split 'val'; there are training, validation"):
        layout.ids("val")
    with pytest.raises(UserError, match="no labels for task 'depth'; there are semseg"):
        layout.labels("depth", "training/ADE_train_00000001")
