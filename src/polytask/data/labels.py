"""Label files of the NYUD-v2 layout: where they lie, what their values mean, what is refused.

Arrays stay in the small types in which files hold them; a view turns them into what networks take.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from tokenize import TokenError

import numpy as np
from PIL import Image

from polytask.data.images import DECODE_ERRORS
from polytask.errors import UserError
from polytask.tasks import IGNORE, PARTS, TASKS


@dataclass(frozen=True)
class LabelFiles:
    """The folder of one task's labels and the endings that its files may have."""

    folder: str
    suffixes: tuple[str, ...]


LABEL_FILES = {
    "semseg": LabelFiles("segmentation", (".png",)),
    "human_parts": LabelFiles("human_parts", (".png",)),
    "sal": LabelFiles("sal", (".png",)),
    "edge": LabelFiles("edge", (".png", ".npy")),
    "normals": LabelFiles("normals", (".png", ".npy")),
    "depth": LabelFiles("depth", (".npy",)),
}


def decode_label(
    task: str, data: bytes, name: str, num_classes: int, image_hw: tuple[int, int]
) -> np.ndarray:
    """One label file as (H, W) or, for normals, (3, H, W).

    semseg, human_parts, sal, edge: uint8 classes, 255 ignored; normals: uint8 (2x/255 - 1) or
    float; depth: float metres, 0 invalid. Raises UserError naming the file where it is unreadable,
    not of the image's size, or holds values that the task does not have. (NYUD-v2 layout)
    """
    values = read_label(task, data, name, image_hw)
    if task == "semseg":
        return shifted_classes(values, name, num_classes)
    return DECODERS[task](values, name)


def read_label(task: str, data: bytes, name: str, image_hw: tuple[int, int]) -> np.ndarray:
    """The values of a .png or .npy file as they stand there: (H, W) or, for normals, (H, W, 3).

    Raises UserError naming the file where it is unreadable or not of the image's size.
    """
    values = _npy(data, name) if name.endswith(".npy") else _png(data, name)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    channels = (3,) if TASKS[task].kind == "unit_vectors" else ()
    check_size(values, name, image_hw)
    if values.shape[2:] != channels:
        raise UserError(f"{name}: {task} labels need {channels or (1,)} channels per pixel")
    return values


def check_size(values: np.ndarray, name: str, image_hw: tuple[int, int]) -> None:
    """Raise UserError naming the file where a label (H, W, ...) is not as large as its image."""
    if values.shape[:2] != image_hw:
        size = " x ".join(map(str, values.shape[:2]))
        image = " x ".join(map(str, image_hw))
        raise UserError(f"{name}: the label is {size} pixels, its image {image} (height x width)")


def check_classes(values: np.ndarray, name: str, num_classes: int) -> None:
    """Raise UserError naming the file where a class is not 0..num_classes - 1, or IGNORE."""
    classes = np.unique(values)
    classes = classes[(classes < 0) | (classes >= num_classes)]
    if (wrong := classes[classes != IGNORE]).size:
        raise UserError(
            f"{name}: value {wrong[-1]} is outside 0..{num_classes - 1} (or 255, ignored); check "
            "`num_classes`"
        )


def read_pixels(data: bytes, name: str) -> np.ndarray:
    """The values of an image as its file holds them, in 1, 8, 16 or 32 bits.

    Raises UserError naming the file where it is unreadable.
    """
    try:
        return np.asarray(Image.open(BytesIO(data)))
    except DECODE_ERRORS:
        raise UserError(f"{name}: truncated or unreadable label image; replace it") from None


def _png(data: bytes, name: str) -> np.ndarray:
    values = read_pixels(data, name)
    if values.dtype == bool:
        return values * np.uint8(255)
    if values.dtype != np.uint8:
        raise UserError(f"{name}: label images hold 8 bits per channel, not {values.dtype}")
    return values


def _npy(data: bytes, name: str) -> np.ndarray:
    values = read_array(data, name)
    with np.errstate(over="ignore"):  # becomes infinite, and is refused or invalid as such
        return values.astype(np.float32) if values.dtype == np.float64 else values


def read_array(data: bytes, name: str) -> np.ndarray:
    """An .npy file of numbers; raises UserError naming the file where it is none."""
    try:
        values = np.load(BytesIO(data), allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, TokenError, MemoryError):
        raise UserError(f"{name}: truncated or unreadable array; replace it") from None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "buif":
        raise UserError(f"{name}: must be one array of numbers")
    return values


def shifted_classes(values: np.ndarray, name: str, num_classes: int) -> np.ndarray:
    """Classes of values (uint8) where 0 is unlabelled and c + 1 is class c; UserError for more."""
    if values.max(initial=0) > num_classes:
        raise UserError(
            f"{name}: value {values.max()} is outside 0..{num_classes} (0 unlabelled, then "
            f"{num_classes} classes); check `num_classes`"
        )
    return values - np.uint8(1)  # 0 wraps around to IGNORE


def _human_parts(values: np.ndarray, name: str) -> np.ndarray:
    classes = np.flatnonzero(np.bincount(values.ravel(), minlength=256)[:IGNORE])
    if classes.size and classes[-1] >= len(PARTS):
        raise UserError(f"{name}: value {classes[-1]} is no body part (0..{len(PARTS) - 1} or 255)")
    return values


def _sal(values: np.ndarray, name: str) -> np.ndarray:
    if values.max(initial=0) == 1:
        raise UserError(f"{name}: values are 0 and 1; saliency is grey 0..255, salient above 127")
    return (values > 127).astype(np.uint8)


def _edge(values: np.ndarray, name: str) -> np.ndarray:
    edges = values != 0
    highest = values.max(initial=0)
    if highest not in (0, 1, 255) or not (values[edges] == highest).all():
        raise UserError(f"{name}: edge labels hold two values, 0 and 255 (or 0 and 1)")
    return edges.astype(np.uint8)


def _normals(values: np.ndarray, name: str) -> np.ndarray:
    if values.dtype != np.uint8 and not np.abs(values).max(initial=0) <= 1.01:
        raise UserError(f"{name}: normals must lie in -1..1, without NaN")
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def _depth(values: np.ndarray, name: str) -> np.ndarray:
    if values.dtype.kind != "f":
        raise UserError(f"{name}: depth must be floating-point metres, not {values.dtype}")
    if (values < 0).any():
        raise UserError(f"{name}: depth {np.nanmin(values)} m is negative; 0 marks invalid pixels")
    return np.where(np.isfinite(values), values, values.dtype.type(0))


DECODERS: dict[str, Callable[[np.ndarray, str], np.ndarray]] = {
    "human_parts": _human_parts,
    "sal": _sal,
    "edge": _edge,
    "normals": _normals,
    "depth": _depth,
}
"""From the values of a file to those of a label, in the encodings of NYUD-v2."""
