"""Decode one photo of any kind to RGB."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from polytask.errors import UserError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm")
"""File endings that count as photos, in lower case."""

DECODE_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error,
    Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises on files that are not what they claim to be."""


def is_photo(name: str) -> bool:
    """Whether a file name ends like a photo's."""
    return name.lower().endswith(SUFFIXES)


def open_image(data: bytes, name: object) -> Image.Image:
    """Read the header only; raises UserError naming the file where there is no image."""
    try:
        return Image.open(BytesIO(data))
    except DECODE_ERRORS:
        raise UserError(f"{name}: not an image that can be read; replace or remove it") from None


def encoding_of(data: bytes) -> str | None:
    """Format and mode as the file has them, `JPEG CMYK`; None where it is no image."""
    try:
        image = Image.open(BytesIO(data))
    except DECODE_ERRORS:
        return None
    return f"{image.format} {image.mode}"


def to_rgb(image: Image.Image, name: object, *, upright: bool = False) -> Image.Image:
    """Decode to RGB: grey (8 or 16 bit), palette, CMYK and transparent images too.

    `upright` turns the image as its camera asked for (EXIF). Raises UserError naming the file
    where it is truncated or damaged.
    """
    try:
        image.load()
        if upright and image.getexif().get(0x0112, 1) != 1:
            image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):
            image = Image.fromarray((np.asarray(image) / 256).clip(0, 255).astype(np.uint8))
        return image if image.mode == "RGB" else image.convert("RGB")
    except DECODE_ERRORS:
        raise UserError(f"{name}: truncated or damaged image; replace or remove it") from None


def decode_image(data: bytes, name: object, *, upright: bool = False) -> Image.Image:
    """The RGB image in `data`; raises UserError naming the file where it cannot be decoded."""
    return to_rgb(open_image(data, name), name, upright=upright)


def upright_size(image: Image.Image, name: object, *, upright: bool = True) -> tuple[int, int]:
    """Height and width of an opened image, as it stands once it is upright."""
    try:
        turned = upright and image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except DECODE_ERRORS:
        raise UserError(f"{name}: truncated or damaged image; replace or remove it") from None
    return (image.width, image.height) if turned else (image.height, image.width)


def with_shorter_side(photo: Image.Image, size: int) -> Image.Image:
    """A photo resized (bicubic) so that its shorter side has `size` pixels."""
    scale = size / min(photo.size)
    width, height = (max(1, round(side * scale)) for side in photo.size)
    return photo.resize((width, height), Image.Resampling.BICUBIC)
