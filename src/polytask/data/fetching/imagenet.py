"""ImageNet's validation photos come in one heap; its devkit says of which class each one is."""

import tarfile
from pathlib import Path

from polytask.data.fetching.unpack import DAMAGED
from polytask.data.layout import Source
from polytask.data.pascal.mat_files import read_variable
from polytask.errors import UserError

CLASSES, SYNSETS = "data/ILSVRC2012_validation_ground_truth.txt", "data/meta.mat"


def sort_validation(folder: Path, devkit: Path) -> None:
    """Move the photos in `folder` into folders of their classes (n01440764 ...).

    `devkit` is ILSVRC2012_devkit_t12.tar.gz: a number a line, in the order of the photos' names,
    and the class of each number. Raises UserError where it is another file, or of other photos.
    """
    numbers = _read(devkit, CLASSES).split()
    synsets = read_variable(Source(_read(devkit, SYNSETS), f"{devkit}: {SYNSETS}"), "synsets")
    names = {row["ILSVRC2012_ID"].item(): row["WNID"].item() for row in synsets.ravel()}
    photos = sorted(folder.glob("*.JPEG"))
    if len(photos) != len(numbers):
        raise UserError(f"{devkit}: is of {len(numbers)} photos, there are {len(photos)}")
    for photo, number in zip(photos, map(int, numbers), strict=True):
        home = folder / names[number]
        home.mkdir(exist_ok=True)
        photo.rename(home / photo.name)


def _read(devkit: Path, name: str) -> bytes:
    try:
        with tarfile.open(devkit) as archive:
            member = next(each for each in archive if each.name.endswith(name))
            file = archive.extractfile(member)
            assert file is not None  # a file, as it is of the published checksum
            return file.read()
    except StopIteration:
        raise UserError(f"{devkit}: has no {name}; get ILSVRC2012_devkit_t12.tar.gz") from None
    except DAMAGED as error:
        raise UserError(f"{devkit}: cut off or damaged ({error}); get it again") from None
