"""The small copy of Cityscapes: its values by hand, and a command that makes it whole or not."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.cityscapes import seed_of, write_cityscapes
from miniatures.plant import contents
from miniatures.scene import draw, save

from polytask.cli import main
from polytask.data.cityscapes import shrink
from polytask.data.labelled import MultiTaskDataset

LINDAU = "val/lindau/lindau_000000_000019"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Images of 32 x 64, which are shrunk by 4 here, by 8 in the real copy."""
    monkeypatch.setattr(shrink, "SIZE", (8, 16))
    return write_cityscapes(tmp_path / "cityscapes")


def make(source: Path, target: Path) -> int:
    return main(["data", "cityscapes-npy", str(source), str(target)])


def test_a_copy_has_the_nearest_labels_and_mtans_disparities(source: Path, tmp_path: Path) -> None:
    assert make(source, tmp_path / "npy") == 0
    scene = draw(seed_of("lindau_000000_000019"), (32, 64))
    is_box, is_edge = scene.is_box[2::4, 2::4], scene.is_edge[2::4, 2::4]
    val = tmp_path / "npy/val"
    label = np.load(val / "label_19/1.npy")
    assert label.dtype == np.int8 and (label == np.where(is_box, 13, 0)).all()
    part = np.load(val / "part_seg/1.npy")
    assert (part == np.where(is_edge, 7, np.where(is_box, 6, 0))).all()
    depth = np.load(val / "depth/1.npy")
    assert depth.dtype == np.float32 and depth.shape == (8, 16, 1)
    np.testing.assert_allclose(depth[..., 0], np.where(is_box, 6401, 1281) / 65535, rtol=1e-6)
    image = np.load(val / "image/1.npy")
    assert image.dtype == np.float32 and image.shape == (8, 16, 3)
    assert abs(image.mean() - scene.image.mean() / 255) < 0.01  # antialiased: the mean stays


def test_ignored_and_unknown_pixels_have_mtans_marks(source: Path, tmp_path: Path) -> None:
    labels = source / f"gtFine/{LINDAU}_gtFine_labelIds.png"
    save(labels, np.full((32, 64), 4, np.uint8))  # static
    save(source / f"disparity/{LINDAU}_disparity.png", np.zeros((32, 64), np.uint16))
    assert make(source, tmp_path / "npy") == 0
    assert (np.load(tmp_path / "npy/val/label_19/1.npy") == -1).all()
    assert (np.load(tmp_path / "npy/val/depth/1.npy") == 0).all()


def test_the_layouts_reader_reads_it_in_the_order_of_the_release(
    source: Path, tmp_path: Path
) -> None:
    assert make(source, tmp_path / "npy") == 0
    tasks = ("semseg", "part_segmentation", "disparity")
    small = MultiTaskDataset(
        tmp_path / "npy", "train", tasks, 19, None, (8, 16), layout="cityscapes_npy"
    )
    large = MultiTaskDataset(source, "train", tasks, 19, None, (32, 64), layout="cityscapes")
    assert len(small) == len(large) == 3
    for index in range(3):
        for task in tasks[:2]:
            assert (small[index][task] == large[index][task][2::4, 2::4]).all()


def test_what_is_there_is_refused_and_left_alone(source: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "npy"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    before = contents(tmp_path)
    assert make(source, target) == 2
    assert "npy: exists already" in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("folder", "end", "bytes_", "message"),
    [
        ("disparity", "disparity.png", None, "the package disparity_trainvaltest.zip holds it"),
        ("gtFine", "gtFine_labelIds.png", b"cut", "truncated or unreadable label image"),
    ],
)
def test_a_copy_is_whole_or_not_there(
    source: Path, tmp_path: Path, capsys, folder: str, end: str, bytes_: bytes | None, message: str
) -> None:
    file = source / folder / f"{LINDAU}_{end}"
    file.unlink() if bytes_ is None else file.write_bytes(bytes_)
    assert make(source, tmp_path / "npy") == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cityscapes"]
