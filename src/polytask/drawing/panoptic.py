"""Segments of things and stuff."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from polytask.drawing.canvas import LIGHT, Canvas
from polytask.drawing.colours import class_colour

OPACITY = 0.65
SHADES = (1.0, 0.72, 0.86, 0.58)
"""How bright the first, second, ... segment of a class is."""
LEAST_NAMED = 0.01
"""Share of the image below which a segment is not named."""


def draw_panoptic(
    pixels: np.ndarray, prediction: Mapping[str, Any], names: Sequence[str]
) -> np.ndarray:
    """Segments over an image (H,W,3) in the colours of their classes, shades telling them apart.

    "ids" (H,W), 0 for nothing, and "segments", each with an "id" and a "class".
    """
    canvas = Canvas(pixels)
    ids = canvas.enlarged(np.asarray(prediction["ids"]))
    segments, seen = [], Counter()
    for segment in prediction["segments"]:
        mask, index = ids == segment["id"], segment["class"]
        shade = SHADES[seen[index] % len(SHADES)]
        seen[index] += 1
        colour = tuple(round(shade * part) for part in class_colour(index))
        segments.append((int(mask.sum()), mask, names[index], colour))
        canvas.blend(np.array(colour), mask * OPACITY)
    canvas.blend(np.array(LIGHT), _borders(ids) * 0.8)
    for area, mask, name, colour in sorted(segments, key=lambda each: -each[0]):
        if area >= LEAST_NAMED * mask.size:
            x, y = _inside(mask)
            width = canvas.font.getlength(name)
            canvas.label(name, x - width / 2, y + canvas.font.size / 2, colour)
    return canvas.pixels


def _borders(ids: np.ndarray) -> np.ndarray:
    """Pixels whose neighbour on the right or below is of another segment."""
    borders = np.zeros(ids.shape, bool)
    borders[:, :-1] |= ids[:, :-1] != ids[:, 1:]
    borders[:-1] |= ids[:-1] != ids[1:]
    return borders


def _inside(mask: np.ndarray) -> tuple[float, float]:
    """The pixel (x, y) of a mask that is furthest from its outside."""
    from scipy.ndimage import distance_transform_edt  # late: other drawings need it not

    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), mask.shape)
    return float(column), float(row)
