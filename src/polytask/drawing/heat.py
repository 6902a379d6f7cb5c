"""Where an image looks unlike what was trained on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from PIL import Image

from polytask.drawing.canvas import DARK, Canvas

COLOURS = colormaps["inferno"]
OPACITY = 0.8


def draw_heat(
    pixels: np.ndarray, prediction: Mapping[str, Any], names: Sequence[str] = ()
) -> np.ndarray:
    """An anomaly "map" (H,W) over an image (H,W,3), with the image's "score".

    Each map has a scale of its own, from its median, which is clear, to its maximum: the scores
    compare images. There are no classes: `names` is what all drawings take.
    """
    canvas = Canvas(pixels)
    values = np.asarray(prediction["map"], np.float32)
    low, high = float(np.median(values)), float(values.max())
    shares = ((values - low) / max(high - low, 1e-6)).clip(0, 1)
    smooth = Image.fromarray(shares).resize(canvas.size, Image.Resampling.BILINEAR)
    shares = np.asarray(smooth)
    canvas.blend(COLOURS(shares, bytes=True)[..., :3], OPACITY * (1.5 * shares).clip(max=1))
    canvas.label(f"anomaly {prediction['score']:.2f}", 0, 0, DARK)
    return canvas.pixels
