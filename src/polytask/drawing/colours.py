"""How each task is shown: label maps, probabilities, directions and distances as RGB."""

import colorsys
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib import colormaps

from polytask.tasks import IGNORE, TASKS

CHOSEN_COLOURS = {
    "semseg": "#4c78d8", "human_parts": "#e0605e", "sal": "#e8a317", "edge": "#8e63c9",
    "normals": "#2a9d8f", "depth": "#b07d62", "part_segmentation": "#c2528b",
    "disparity": "#6b8e23", "autoencoder": "#7a8794", "keypoints": "#d1495b",
    "edge_texture": "#5f6caf",
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
MAPS = {"depth": ("magma_r", "near", "far"), "disparity": ("magma", "far", "near")}
"""Colour map of a quantity, and what its two ends are called."""
OTHER_MAP = ("viridis", "low", "high")


def class_colour(index: int) -> tuple[int, int, int]:
    """A colour of its own for every class: chosen ones first, then hues by the golden ratio."""
    if index < len(CLASS_COLOURS):
        return hex_rgb(CLASS_COLOURS[index])
    hue = (index * 0.618034 + 0.55) % 1
    saturation, value = 0.45 + 0.3 * (index % 2), 0.95 - 0.25 * (index % 3 == 1)
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def object_colour(index: int) -> tuple[int, int, int]:
    """A vivid colour for the outline of an object on a photograph; neighbours differ in hue."""
    red, green, blue = colorsys.hsv_to_rgb((index * 0.618034 + 0.53) % 1, 0.85, 1.0)
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
OWN_LABELS = {"human_parts": PARTS, "sal": SALIENCY}
LABELS = {
    name: OWN_LABELS.get(name, CLASSES) for name, task in TASKS.items() if task.kind == "classes"
}
"""The look-up tables of the tasks whose pictures are label maps."""
TASK_COLOURS = {
    name: CHOSEN_COLOURS.get(name, f"#{bytes(class_colour(at)).hex()}")
    for at, name in enumerate(TASKS)
}
Span = tuple[float, float]
"""The lowest and the highest value that the colours of a quantity tell apart."""


def colourise(task: str, values: np.ndarray, span: Span | None = None) -> np.ndarray:
    """Decoded values of one image, (H,W) or (H,W,3), as RGB uint8 (H,W,3); grey is unknown.

    Quantities have the colours of their map over `span` (default: the values' own), depth from
    near (bright) to far; binary maps are dark on white. Unit vectors: red is right, green up, blue
    towards the camera. An image is shown as it is.
    """
    kind = TASKS[task].kind
    if kind == "classes":
        return LABELS[task][values]
    values = values.astype(np.float32)
    if kind == "binary":
        shade = np.where(values == IGNORE, UNKNOWN[0], 255 - 255 * values.clip(0, 1))
        return np.repeat(shade[..., None], 3, -1).astype(np.uint8)
    if kind == "unit_vectors":
        return _shown(values * np.array((1, -1, -1), np.float32))
    if TASKS[task].of_image == "colours":
        return _shown(values)
    unknown = values <= 0 if kind == "positive" else np.isnan(values)
    low, high = span or value_span(task, values)
    shares = np.where(unknown, 0, (values - low) / max(high - low, 1e-6)).clip(0, 1)
    shown = colormaps[MAPS.get(task, OTHER_MAP)[0]](shares, bytes=True)[..., :3]
    shown[unknown] = UNKNOWN
    return shown


def value_span(task: str, values: np.ndarray, share: float = 0.99) -> Span:
    """The span of a quantity's values: from 0 or, of any sign, without the lowest of them.

    What lies outside of `share` of the values at one end does not count.
    """
    values = values.astype(np.float32)
    if TASKS[task].kind == "positive":
        return 0.0, max(float(np.quantile(values, share)), 1e-6)
    known = values[~np.isnan(values)]
    low, high = np.quantile(known, (1 - share, share)) if known.size else (0.0, 1.0)
    return float(low), float(high)


def is_quantity(task: str) -> bool:
    """Whether a task's pictures are colours of a map."""
    return TASKS[task].kind in ("positive", "regression") and TASKS[task].of_image != "colours"


def _shown(values: np.ndarray) -> np.ndarray:
    """-1 to 1 as 0 to 255."""
    seen = ((values + 1) * 127.5).round().clip(0, 255)
    return np.where(np.isnan(seen), UNKNOWN[0], seen).astype(np.uint8)


def ramps(tasks: Sequence[str], stops: int = 9) -> Iterator[tuple[str, str, str, str]]:
    """Title, what the low end is called, the colours as a CSS gradient, the high end.

    Of those of `tasks` that are quantities.
    """
    for task in tasks:
        if is_quantity(task):
            name, low, high = MAPS.get(task, OTHER_MAP)
            colours = colormaps[name](np.linspace(0, 1, stops), bytes=True)[:, :3]
            stops_css = ", ".join("#" + bytes(colour).hex() for colour in colours)
            yield TASKS[task].title, low, f"linear-gradient(to right, {stops_css})", high


def legends(tasks: Sequence[str], classes: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Name and colour of every class, by the title of those of `tasks` that have named classes."""
    named = {name: task.classes for name, task in TASKS.items() if task.classes}
    return {
        TASKS[task].title: [
            (name, f"#{bytes(LABELS[task][i]).hex()}") for i, name in enumerate(names)
        ]
        for task, names in {"semseg": classes, **named}.items()
        if task in tasks and names
    }
