"""Where two predictions of one photo differ."""

import numpy as np

from polytask.drawing.colours import SHOWN_COLOUR, hex_rgb

FADED = 0.45
"""How much of the photo's own contrast stays behind the marks."""
PAPER = 235


def draw_changes(pixels: np.ndarray, changes_HW: np.ndarray) -> np.ndarray:
    """Changes from 0 to 1, in full, marked over a grey and faded photo uint8 (H,W,3)."""
    grey = pixels.astype(np.float32).mean(axis=-1, keepdims=True)
    faded = PAPER + (grey - PAPER) * FADED
    weight = np.asarray(changes_HW, np.float32).clip(0, 1)[..., None]
    mark = np.array(hex_rgb(SHOWN_COLOUR), np.float32)
    return (faded + (mark - faded) * weight).round().astype(np.uint8)
