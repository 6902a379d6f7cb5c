"""Detected objects as boxes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from polytask.drawing.canvas import Canvas
from polytask.drawing.colours import object_colour
from polytask.drawing.objects import shown


def draw_boxes(
    pixels: np.ndarray, prediction: Mapping[str, Any], names: Sequence[str]
) -> np.ndarray:
    """Boxes with class and score over an image (H,W,3); a colour per class."""
    canvas = Canvas(pixels)
    objects = shown(prediction, names)
    for each in reversed(objects):
        left, top, right, bottom = (each.box * canvas.scale).tolist()
        right, bottom = max(right - 1, left), max(bottom - 1, top)
        canvas.draw.rectangle(
            (left, top, right, bottom), outline=object_colour(each.index), width=canvas.line
        )
    for each in objects:
        left, top = (each.box[:2] * canvas.scale).tolist()
        canvas.label(each.words, left, top, object_colour(each.index))
    return canvas.pixels
