"""What an image as a whole is taken for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from polytask.drawing.canvas import DARK, LIGHT, Canvas
from polytask.drawing.colours import SHOWN_COLOUR, hex_rgb

SHOWN_CLASSES = 3
BEHIND = 0.65
"""How dark the picture becomes behind the caption."""


def draw_caption(pixels: np.ndarray, prediction: Any, names: Sequence[str]) -> np.ndarray:
    """The three likeliest classes along the bottom of an image (H,W,3), with bars.

    `prediction` is the probability (C,) of every class.
    """
    canvas = Canvas(pixels)
    shares = np.asarray(prediction, np.float32)
    best = np.argsort(-shares, kind="stable")[:SHOWN_CLASSES]
    (width, height), row = canvas.size, round(canvas.font.size * 1.45)
    top = height - row * len(best)
    behind = np.zeros((height, width))
    behind[top:] = BEHIND
    canvas.blend(np.array(DARK), behind)
    for at, index in enumerate(best):
        _line(canvas, top + at * row, row, names[index], float(shares[index]))
    return canvas.pixels


def _line(canvas: Canvas, top: int, row: int, name: str, share: float) -> None:
    """Name, percentage and a bar of that length at `top`, `row` pixels high."""
    width, pad = canvas.size[0], canvas.font.size // 2
    bar = round((width - 2 * pad) * share)
    foot = top + row - 2
    if bar:
        fill = hex_rgb(SHOWN_COLOUR)
        canvas.draw.rectangle((pad, foot - canvas.line, pad + bar - 1, foot - 1), fill=fill)
    middle = top + (row - canvas.line) / 2 - 1
    canvas.draw.text((pad, middle), name, fill=LIGHT, font=canvas.font, anchor="lm")
    canvas.draw.text(
        (width - pad, middle), f"{share:.0%}", fill=LIGHT, font=canvas.font, anchor="rm"
    )
