from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.scene import pack
from PIL import Image

from polytask.data.labelled import MultiTaskDataset
from polytask.data.photos import PhotoCorpus
from polytask.data.views import RandomResizedCrop
from polytask.errors import UserError

from .conftest import save

POLICY = RandomResizedCrop(scale=(0.3, 1.0))


def write_photos(folder: Path, count: int, suffix: str = ".png") -> Path:
    rng = np.random.default_rng(1)
    for i in range(count):
        save(folder / f"{i:03d}{suffix}", rng.integers(0, 256, (24, 30, 3)).astype(np.uint8))
    return folder


def open_corpus(root: Path, split: str = "train", **options: object) -> PhotoCorpus:
    return PhotoCorpus(root, split, (16, 16), POLICY, **options)


def test_a_sample_is_an_image_and_its_key(tmp_path: Path) -> None:
    sample = open_corpus(write_photos(tmp_path / "holiday", 3))[0, 7]
    assert sample.keys() == {"image", "index", "view"}
    assert (sample["index"], sample["view"]) == (0, 7)
    assert sample["image"].shape == (3, 16, 16) and sample["image"].dtype == torch.uint8


def test_without_a_val_part_every_tenth_photo_is_val(tmp_path: Path) -> None:
    write_photos(tmp_path / "holiday/sea", 15)
    write_photos(tmp_path / "holiday/train", 10)  # railways
    train, val = (open_corpus(tmp_path / "holiday", split) for split in ("train", "val"))
    assert len(train) == 9 and len(val) == 1  # the folder is called train, so it is the train part
    (tmp_path / "holiday/train").rename(tmp_path / "holiday/railway")
    train, val = (open_corpus(tmp_path / "holiday", split) for split in ("train", "val"))
    assert len(train) == 22 and len(val) == 3
    assert set(train.files).isdisjoint(val.files)


@pytest.mark.parametrize("prefix", ["", "imagenet/"])
def test_imagenet_layout_is_read_from_folder_and_tar(tmp_path: Path, prefix: str) -> None:
    for part in ("train/n01", "train/n02", "val/n01"):
        write_photos(tmp_path / "root" / prefix / part, 2, ".JPEG")
    archive = pack(tmp_path / "root", tmp_path / "imagenet.tar")
    for root in (tmp_path / "root", archive):
        train, val = open_corpus(root), open_corpus(root, "val")
        assert len(train) == 4 and len(val) == 2
        assert val.files[0] == f"{prefix}val/n01/000.JPEG"
    assert torch.equal(train[3, 1]["image"], open_corpus(tmp_path / "root")[3, 1]["image"])


def test_a_labelled_set_lends_its_images(labelled: Path) -> None:
    corpus = open_corpus(labelled)
    assert len(corpus) == 2 and len(open_corpus(labelled, "val")) == 1  # it has no val list
    (labelled / "gt_sets/val.txt").write_text("0007\n")
    corpus = open_corpus(labelled)
    data = MultiTaskDataset(labelled, "train", (), 5, POLICY, (16, 16))
    assert len(corpus) == 3
    for number in range(3):
        assert torch.equal(corpus[1, number]["image"], data[1, number]["image"])


def test_memory_changes_nothing(tmp_path: Path) -> None:
    write_photos(tmp_path / "p", 4)
    Image.effect_noise((300, 200), 90).save(tmp_path / "p/large.jpg")
    plain, kept = open_corpus(tmp_path / "p"), open_corpus(tmp_path / "p", keep_in_memory=True)
    for _ in range(2):
        for index in range(len(plain)):
            assert torch.equal(plain[index, 1]["image"], kept[index, 1]["image"])


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("L", ".jpg"), ("CMYK", ".jpg"), ("RGBA", ".png"), ("P", ".png"), ("LA", ".png"),
     ("1", ".png"), ("I;16", ".png")],
)  # fmt: skip
def test_every_colour_mode_becomes_rgb(tmp_path: Path, mode: str, suffix: str) -> None:
    grey = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1)))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        image = (grey if mode in ("L", "LA", "1") else grey.convert("RGB")).convert(mode)
    (tmp_path / "p").mkdir()
    image.save(tmp_path / "p" / f"a{suffix}")
    pixels = PhotoCorpus(tmp_path / "p", "val", (16, 16), None)[0]["image"].float()
    assert (pixels[0] - pixels[2]).abs().max() < 8
    assert pixels[:, :, -1].mean() > 200 and pixels[:, :, 0].mean() < 40


def test_large_jpegs_are_decoded_small_but_show_the_same(tmp_path: Path) -> None:
    y, x = np.mgrid[:403, :517]
    pixels = np.stack([x / 517 * 255, y / 403 * 255, 0 * x], 2).astype(np.uint8)
    save(tmp_path / "a/x.png", pixels)
    (tmp_path / "b").mkdir()
    Image.fromarray(pixels).save(tmp_path / "b/x.jpg", quality=98)
    exact, fast = (PhotoCorpus(tmp_path / part, "val", (16, 16), POLICY) for part in "ab")
    for number in range(8):
        difference = exact[0, number]["image"].float() - fast[0, number]["image"].float()
        assert difference[:2].abs().max() < 4


def test_photos_stand_upright(tmp_path: Path) -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    (tmp_path / "p").mkdir()
    Image.fromarray(pixels).save(tmp_path / "p/a.jpg", exif=exif)
    corpus = PhotoCorpus(tmp_path / "p", "val", (60, 40), None)
    image = corpus[0]["image"].float()
    assert (corpus.view(0, None).height, corpus.view(0, None).width) == (60, 40)
    assert image[:, :25].mean() < 5 and image[:, 35:].mean() > 250


def test_bad_input_is_named(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/notes.txt").write_text("no photo")
    with pytest.raises(UserError, match="p: has no photos for 'train'"):
        open_corpus(tmp_path / "p")
    write_photos(tmp_path / "p", 2, ".jpg")
    with pytest.raises(UserError, match="splits train and val, not 'test'"):
        open_corpus(tmp_path / "p", "test")
    (tmp_path / "p/001.jpg").write_bytes((tmp_path / "p/001.jpg").read_bytes()[:-300])
    with pytest.raises(UserError, match=r"p/001\.jpg: truncated or damaged"):
        open_corpus(tmp_path / "p")[0, 0]
    (tmp_path / "p/001.jpg").write_text("not a photo")
    with pytest.raises(UserError, match=r"p/001\.jpg: not an image"):
        open_corpus(tmp_path / "p")[0, 0]
