"""Photos that a user brings, and those to begin with."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from polytask.data.images import SUFFIXES, open_image
from polytask.data.layouts import open_layout
from polytask.errors import UserError
from polytask.predict import open_photo

MOST_PIXELS = 100_000_000
MOST_BYTES = 50_000_000
LONGEST_SHOWN = 512
"""Pixels of the longer side of what the page shows."""
NUM_EXAMPLES = 6
ROOMS = Path("data/rooms_labelled.tar")
"""Where the demo's rooms lie in a folder of results."""


def read_photo(path: Path) -> Image.Image:
    """A photo as RGB, upright; UserError with the file's own name where that cannot be."""
    try:
        _refuse_too_large(path)
        return open_photo(path)
    except UserError as error:
        raise UserError(str(error).replace(str(path), path.name)) from None


def _refuse_too_large(path: Path) -> None:
    if not path.is_file():
        return
    if path.stat().st_size > MOST_BYTES:
        size, most = path.stat().st_size // 1_000_000, MOST_BYTES // 1_000_000
        raise UserError(f"{path}: {size} MB; the page takes photos of up to {most} MB")
    width, height = open_image(path.read_bytes(), path).size
    if width * height > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        raise UserError(f"{path}: {width} x {height} is more than {most} megapixels; shrink it")


def as_shown(photo: Image.Image) -> Image.Image:
    """A photo no larger than the page shows it."""
    shown = photo.copy()
    shown.thumbnail((LONGEST_SHOWN, LONGEST_SHOWN), Image.Resampling.LANCZOS)
    return shown


def examples(model: Path, images: Path | None, folder: Path) -> list[Path]:
    """Photos to begin with: the first of the user's folder, or of the demo's test split.

    The latter, where `model` lies in a folder of results with them, are written to `folder`.
    Raises UserError where the user's folder is none or has no photos.
    """
    if images is not None:
        return _of_folder(images)
    for results in model.resolve().parents:
        if (results / ROOMS).is_file():
            return _of_rooms(results / ROOMS, folder)
    return []


def _of_folder(images: Path) -> list[Path]:
    if not images.is_dir():
        raise UserError(f"--images {images}: no such folder")
    found = sorted(each for each in images.iterdir() if each.suffix.lower() in SUFFIXES)
    if not found:
        raise UserError(f"--images {images}: no photos in it ({', '.join(SUFFIXES)})")
    return spread(found, NUM_EXAMPLES)


def _of_rooms(rooms: Path, folder: Path) -> list[Path]:
    layout = open_layout("nyud", rooms)
    written = []
    for name in spread(layout.ids("test"), NUM_EXAMPLES):
        file = folder / f"room-{Path(layout.image(name)).name}"
        file.write_bytes(layout.tree.read(layout.image(name)))
        written.append(file)
    return written


def spread(names: Sequence, count: int) -> list:
    """`count` of them from the first on, at equal distances."""
    step = max(1, len(names) // count)
    return list(names[::step][:count])
