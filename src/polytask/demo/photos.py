"""Photos that a user brings, and those to begin with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from polytask.data.images import SUFFIXES, open_image
from polytask.data.layouts import open_layout
from polytask.errors import UserError
from polytask.predict import decode_photo

MOST_PIXELS = 80_000_000
MOST_BYTES = 50_000_000
LONGEST_SHOWN = 512
"""Pixels of the longer side of what the page shows."""
NUM_EXAMPLES = 6
ROOMS = Path("data/rooms_labelled.tar")
"""Where the demo's rooms lie in a folder of results."""


@dataclass(frozen=True)
class PhotoFile:
    """A file's name and what is in it."""

    name: str
    data: bytes


def read_photo(file: PhotoFile) -> Image.Image:
    """A photo as RGB, upright; UserError with the file's name where that cannot be."""
    if len(file.data) > MOST_BYTES:
        raise UserError(too_large(file.name))
    width, height = open_image(file.data, file.name).size
    if width * height > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        raise UserError(
            f"{file.name}: {width} x {height} is more than {most} megapixels; shrink it"
        )
    return decode_photo(file.data, file.name)


def too_large(name: str) -> str:
    """What is said of a file of too many bytes."""
    return f"{name}: the page takes photos of up to {MOST_BYTES // 1_000_000} MB; shrink it"


def as_shown(photo: Image.Image) -> Image.Image:
    """A photo no larger than the page shows it."""
    shown = photo.copy()
    shown.thumbnail((LONGEST_SHOWN, LONGEST_SHOWN), Image.Resampling.LANCZOS)
    return shown


def examples(model: Path, images: Path | None) -> list[PhotoFile]:
    """Photos to begin with: of the user's folder, or of the demo's test split.

    The latter where `model` lies in a folder of results with them. Files that are no photos are
    left out. Raises UserError where the user's folder is none, or has none.
    """
    found = _of_rooms(model) if images is None else _of_folder(images)
    readable = [file for file in found if _is_readable(file)]
    if images is not None and not readable:
        raise UserError(f"--images {images}: no photos in it ({', '.join(SUFFIXES)})")
    return readable


def _of_folder(images: Path) -> Iterator[PhotoFile]:
    if not images.is_dir():
        raise UserError(f"--images {images}: no such folder")
    files = sorted(each for each in images.iterdir() if each.suffix.lower() in SUFFIXES)
    for file in spread(files, NUM_EXAMPLES):
        yield PhotoFile(file.name, file.read_bytes())


def _of_rooms(model: Path) -> Iterator[PhotoFile]:
    tar = next((at / ROOMS for at in model.resolve().parents if (at / ROOMS).is_file()), None)
    if tar is None:
        return
    layout = open_layout("nyud", tar)
    for name in spread(layout.ids("test"), NUM_EXAMPLES):
        image = layout.image(name)
        yield PhotoFile(f"room-{Path(image).name}", layout.tree.read(image))


def _is_readable(file: PhotoFile) -> bool:
    try:
        read_photo(file)
    except UserError:
        return False
    return True


def spread(names: Sequence, count: int) -> list:
    """`count` of them from the first on, at equal distances."""
    step = max(1, len(names) // count)
    return list(names[::step][:count])
