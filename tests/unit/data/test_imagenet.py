"""ImageNet's photos and their classes."""

from pathlib import Path

import pytest
from miniatures.imagenet import WNIDS, write_imagenet

from polytask.data.labelled import MultiTaskDataset
from polytask.data.layouts import open_layout
from polytask.errors import UserError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_imagenet(tmp_path / "imagenet")


@pytest.mark.parametrize("around", [False, True])
def test_the_class_of_a_photo_is_the_rank_of_its_folder_in_train(root: Path, around: bool) -> None:
    where = root.parent if around else root
    for split in ("train", "val"):
        data = MultiTaskDataset(
            where, split, ("image_class",), 0, None, (32, 32), layout="imagenet"
        )
        assert data.layout.image_classes() == WNIDS
        classes = [data[index]["image_class"] for index in range(len(data))]
        assert [int(each) for each in classes] == [0, 0, 1, 1, 2, 2]
        assert classes[0].shape == ()


def test_a_photo_in_no_folder_of_a_class_is_named(root: Path) -> None:
    (root / "val" / WNIDS[0] / "ILSVRC2012_val_00000001.JPEG").rename(root / "val/stray.JPEG")
    layout = open_layout("imagenet", root)
    with pytest.raises(UserError, match=r"val/stray\.JPEG lies in no folder of a class"):
        layout.labels("image_class", "val/stray.JPEG")
    (root / "val" / "n99999999").mkdir()
    (root / "val/stray.JPEG").rename(root / "val/n99999999/stray.JPEG")
    with pytest.raises(UserError, match=r"val/n99999999/stray\.JPEG lies in no folder"):
        layout.labels("image_class", "val/n99999999/stray.JPEG")
