"""Poses of people."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from polytask.drawing.canvas import DARK, Canvas, Colour
from polytask.drawing.colours import hex_rgb

LIMBS = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8),
    (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
"""Which of COCO's joints are joined; odd ones are on the person's left."""
LEFT, RIGHT, MIDDLE = (hex_rgb(colour) for colour in ("#ff9f1c", "#3a86ff", "#2ee6a6"))
SHOWN_JOINT = 0.1


def draw_skeletons(
    pixels: np.ndarray, prediction: Iterable[Any], names: Sequence[str] = ()
) -> np.ndarray:
    """Poses, each (17,3) of x, y and score, over an image (H,W,3); joints with a score below 0.1
    are left out.

    The person's left is orange, the right blue. Joints have no classes: `names` is what all
    drawings take.
    """
    canvas = Canvas(pixels)
    for pose in map(np.asarray, prediction):
        points = list(map(tuple, pose[:, :2] * canvas.scale))
        seen = pose[:, 2] >= SHOWN_JOINT
        for one, other in LIMBS:
            if seen[one] and seen[other]:
                line = (points[one], points[other])
                canvas.draw.line(line, fill=DARK, width=canvas.line + 3)
                canvas.draw.line(line, fill=_colour(one, other), width=canvas.line + 1)
        for at in seen.nonzero()[0]:
            canvas.draw.circle(
                points[at], canvas.line + 1.5, fill=_colour(at, at), outline=DARK, width=1
            )
    return canvas.pixels


def _colour(one: int, other: int) -> Colour:
    """Of a limb between two joints, or of a joint: the nose and what crosses are the middle."""
    if one % 2 != other % 2 or 0 in (one, other):
        return MIDDLE
    return LEFT if one % 2 else RIGHT
