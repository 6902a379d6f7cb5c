"""Depth as whole centimetres in PNG files of 16 bits, as renderers of street scenes write it."""

import numpy as np

from polytask.data.labels import check_size
from polytask.data.layout import Source
from polytask.data.png16 import read_png_16
from polytask.data.views import Size

FAR = 65535
"""The sky, and everything else that is further than 655.34 m: not valid."""


def read_centimetres(source: Source, image_hw: Size) -> np.ndarray:
    """Depth (H, W) as float32 metres, 0 invalid; of a colour file the first channel.

    Raises UserError naming the file where it is unreadable, not of 16 bits or of another size.
    """
    values = read_png_16(source.data, source.path)
    check_size(values, source.path, image_hw)
    values = values[..., 0] if values.ndim == 3 else values
    return np.where(values == FAR, np.float32(0), values / np.float32(100))
