"""PNG files of 16 bits per channel: Pillow keeps the higher eight of a colour image alone."""

from io import BytesIO

import numpy as np
from PIL import Image

from polytask.data.images import DECODE_ERRORS
from polytask.errors import UserError


def read_png_16(data: bytes, name: str) -> np.ndarray:
    """uint16 (H, W) of a grey file, (H, W, 3) of a colour file.

    Raises UserError naming the file where it is unreadable or not of 16 bits.
    """
    try:
        image = Image.open(BytesIO(data))
        if image.mode == "I;16":
            return np.asarray(image)
        if image.tile and image.tile[0].args == "RGB;16B":
            return _bytes(data, "RGB;16B").astype(np.uint16) << 8 | _bytes(data, "RGB;16L")
    except DECODE_ERRORS:
        raise UserError(f"{name}: truncated or unreadable label image; replace it") from None
    raise UserError(f"{name}: must be a grey or RGB PNG of 16 bits per channel; is {image.mode}")


def _bytes(data: bytes, order: str) -> np.ndarray:
    """The higher byte of every value, or, taken for numbers of the other byte order, the lower."""
    image = Image.open(BytesIO(data))
    image.tile = [tile._replace(args=order) for tile in image.tile]
    return np.asarray(image)
