"""How each task is shown: label maps, probabilities, directions and distances as RGB."""

import colorsys

import numpy as np
from matplotlib import colormaps

from polytask.tasks import IGNORE

TASK_COLOURS = {
    "semseg": "#4878cf", "human_parts": "#d65f5f", "sal": "#ee9b00", "edge": "#6a4c93",
    "normals": "#2a9d8f", "depth": "#8d6e63", "loss": "#333333", "distillation": "#888888",
}  # fmt: skip
EXPERT_COLOURS = ("#9aa5b1", "#2a6fdb", "#e07a1f", "#3a9d5d", "#b0479a", "#c9a227")
PART_COLOURS = ("#000000", "#e4572e", "#f3a712", "#a8c686", "#669bbc", "#9d4edd", "#29335c")
UNKNOWN = (236, 236, 236)


def class_colour(index: int) -> tuple[int, int, int]:
    """A colour of its own for every class: hues by the golden ratio, two lightnesses."""
    hue = (index * 0.618034 + 0.55) % 1
    red, green, blue = colorsys.hsv_to_rgb(
        hue, 0.45 + 0.3 * (index % 2), 0.95 - 0.25 * (index % 3 == 1)
    )
    return round(255 * red), round(255 * green), round(255 * blue)


def hex_rgb(colour: str) -> tuple[int, int, int]:
    """`#rrggbb` as three values 0..255."""
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def palette(colours: list[tuple[int, int, int]]) -> np.ndarray:
    """A look-up table (256,3) whose entry 255 is the colour of what is unknown."""
    table = np.full((256, 3), UNKNOWN, np.uint8)
    table[: len(colours)] = colours
    table[IGNORE] = UNKNOWN
    return table


CLASSES = palette([class_colour(i) for i in range(200)])
PARTS = palette([hex_rgb(colour) for colour in PART_COLOURS])
SALIENCY = palette([(20, 20, 24), (255, 255, 255)])


def colourise(task: str, values: np.ndarray, far: float | None = None) -> np.ndarray:
    """Decoded values of one image, (H,W) or (H,W,3), as RGB uint8 (H,W,3).

    Depth runs from near (bright) to `far` metres (dark; default: the map's own 99th percentile),
    edges are dark on white, normals are (n + 1) / 2 as red, green, blue.
    """
    if task in ("semseg", "human_parts", "sal"):
        return {"semseg": CLASSES, "human_parts": PARTS, "sal": SALIENCY}[task][values]
    if task == "edge":
        shade = 255 - 255 * np.clip(values.astype(np.float32), 0, 1)
        return np.repeat(shade[..., None], 3, -1).astype(np.uint8)
    if task == "normals":
        return ((values.astype(np.float32) + 1) * 127.5).clip(0, 255).astype(np.uint8)
    metres = values.astype(np.float32)
    far = far or max(float(np.percentile(metres, 99)), 1e-6)
    return (colormaps["magma_r"](np.clip(metres / far, 0, 1))[..., :3] * 255).astype(np.uint8)
