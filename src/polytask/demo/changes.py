"""How much a task's prediction changed, as a number and as a map."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from polytask.tasks import TASKS

FULL_PROBABILITY = 0.5
FULL_ANGLE = 45.0
FULL_SHARE = 0.5
"""What counts as a change in full: of a probability, in degrees, of the range of a quantity."""


@dataclass(frozen=True)
class Change:
    """A mean over all pixels in `unit`, what it is of, and where: (H,W) from 0 to 1, in full."""

    amount: float
    unit: str
    words: str
    map_HW: np.ndarray


def change(task: str, before: np.ndarray, after: np.ndarray) -> Change:
    """The change between two decoded predictions (H,W) or (H,W,C) of one task and photo."""
    return MEASURES[TASKS[task].kind](task, before, after)


def _classes(_task: str, before: np.ndarray, after: np.ndarray) -> Change:
    changed = before != after
    return Change(100 * float(changed.mean()), " %", "of the pixels have another class", changed)


def _binary(_task: str, before: np.ndarray, after: np.ndarray) -> Change:
    moved = _moved(before, after)
    words = "mean absolute change of the probability per pixel"
    return Change(float(moved.mean()), "", words, moved / FULL_PROBABILITY)


def _unit_vectors(_task: str, before: np.ndarray, after: np.ndarray) -> Change:
    cosines = (before.astype(np.float32) * after.astype(np.float32)).sum(-1)
    lengths = np.linalg.norm(before.astype(np.float32), axis=-1)
    lengths = lengths * np.linalg.norm(after.astype(np.float32), axis=-1)
    angles = np.degrees(np.arccos((cosines / np.maximum(lengths, 1e-6)).clip(-1, 1)))
    angles = np.where((before == after).all(-1), 0, angles)
    return Change(float(angles.mean()), "°", "mean turn of the normals", angles / FULL_ANGLE)


def _quantity(task: str, before: np.ndarray, after: np.ndarray) -> Change:
    moved = _moved(before, after)
    if moved.ndim == 3:
        moved = moved.mean(-1)
    span = max(float(np.ptp(before.astype(np.float32))), 1e-6)
    unit = " m" if task == "depth" else ""
    words = "mean absolute change per pixel"
    return Change(float(moved.mean()), unit, words, moved / (FULL_SHARE * span))


def _moved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.abs(after.astype(np.float32) - before.astype(np.float32))


MEASURES: dict[str, Callable[[str, np.ndarray, np.ndarray], Change]] = {
    "classes": _classes,
    "binary": _binary,
    "unit_vectors": _unit_vectors,
    "positive": _quantity,
    "regression": _quantity,
}
"""By the task's kind."""
