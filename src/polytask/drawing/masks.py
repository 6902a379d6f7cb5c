"""Detected objects as masks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from polytask.drawing.canvas import Canvas
from polytask.drawing.colours import object_colour
from polytask.drawing.objects import shown

OPACITY = 0.45


def draw_masks(
    pixels: np.ndarray, prediction: Mapping[str, Any], names: Sequence[str]
) -> np.ndarray:
    """Masks with class and score over an image (H,W,3), small ones on top; a colour per object."""
    canvas = Canvas(pixels)
    objects = shown(prediction, names)
    colours = [object_colour(at) for at in range(len(objects))]
    for at in sorted(range(len(objects)), key=lambda at: -objects[at].mask.sum()):
        mask = canvas.enlarged(objects[at].mask)
        canvas.blend(np.array(colours[at]), mask * OPACITY)
        canvas.outline(mask, colours[at])
    for each, colour in zip(objects, colours, strict=True):
        rows, columns = each.mask.nonzero()
        if rows.size:
            left, top = columns.min() * canvas.scale, rows.min() * canvas.scale
            canvas.label(each.words, left, top, colour)
    return canvas.pixels
