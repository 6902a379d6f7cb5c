"""How each task is shown: label maps, probabilities, directions and distances as RGB."""

import colorsys
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps

from polytask.tasks import IGNORE, TASKS
from polytask.tasks import PARTS as PART_NAMES

TASK_COLOURS = {
    "semseg": "#4c78d8", "human_parts": "#e0605e", "sal": "#e8a317", "edge": "#8e63c9",
    "normals": "#2a9d8f", "depth": "#b07d62",
}  # fmt: skip
EXPERT_COLOURS = ("#94a3b8", "#3b7ddd", "#e8833a", "#3aa76d", "#b65fc0", "#d0a92b")
METHOD_COLOURS = ("#8b95a3", "#c9a227", "#b65fc0", "#3aa76d", "#e8833a", "#2a9d8f", "#7a6ff0")
SHOWN_COLOUR = "#e0355e"
"""The method that the page is about, wherever methods are compared."""

CLASS_COLOURS = (
    "#aebfcd", "#b08968", "#e3d9c6", "#7cc6fe", "#7f5539", "#f4a259", "#e63946", "#8e44ad",
    "#ff8fab", "#577590", "#bc9c22", "#ffe14d", "#43aa4c", "#00a6a6", "#b5179e", "#35356b",
    "#90be6d", "#4361ee", "#f72585", "#06d6a0",
)  # fmt: skip
PART_COLOURS = ("#23262d", "#ffd166", "#ef476f", "#f78c6b", "#fcbfb7", "#118ab2", "#06d6a0")
UNKNOWN = (128, 128, 128)
DEPTH_MAP = "magma_r"


def class_colour(index: int) -> tuple[int, int, int]:
    """A colour of its own for every class: chosen ones first, then hues by the golden ratio."""
    if index < len(CLASS_COLOURS):
        return hex_rgb(CLASS_COLOURS[index])
    hue = (index * 0.618034 + 0.55) % 1
    saturation, value = 0.45 + 0.3 * (index % 2), 0.95 - 0.25 * (index % 3 == 1)
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
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
SALIENCY = palette([(35, 38, 45), (255, 255, 255)])
LABELS = {"semseg": CLASSES, "human_parts": PARTS, "sal": SALIENCY}


def colourise(task: str, values: np.ndarray, far: float | None = None) -> np.ndarray:
    """Decoded values of one image, (H,W) or (H,W,3), as RGB uint8 (H,W,3); grey is unknown.

    Depth runs from near (bright) to `far` metres (dark; default: the map's own 99th percentile),
    edges are dark on white. Normals: red is right, green up, blue towards the camera.
    """
    if task in LABELS:
        return LABELS[task][values]
    values = values.astype(np.float32)
    if task == "edge":
        shade = np.where(values == IGNORE, UNKNOWN[0], 255 - 255 * values.clip(0, 1))
        return np.repeat(shade[..., None], 3, -1).astype(np.uint8)
    if task == "normals":
        seen = (values * np.array((1, -1, -1), np.float32) + 1) * 127.5
        return seen.round().clip(0, 255).astype(np.uint8)
    far = far or max(float(np.percentile(values, 99)), 1e-6)
    shown = colormaps[DEPTH_MAP]((values / far).clip(0, 1), bytes=True)[..., :3]
    shown[values <= 0] = UNKNOWN
    return shown


def depth_gradient(stops: int = 9) -> str:
    """The colours of depth from near to far as a CSS gradient."""
    colours = colormaps[DEPTH_MAP](np.linspace(0, 1, stops), bytes=True)[:, :3]
    return f"linear-gradient(to right, {', '.join('#' + bytes(c).hex() for c in colours)})"


def legends(tasks: Sequence[str], classes: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Name and colour of every class, by the title of those of `tasks` that have classes."""
    names = {"semseg": (classes, CLASSES), "human_parts": (PART_NAMES, PARTS)}
    return {
        TASKS[task].title: [(name, f"#{bytes(table[i]).hex()}") for i, name in enumerate(labels)]
        for task, (labels, table) in names.items()
        if task in tasks
    }
