"""The weights that a user gives to experts, in percent, before they are made to sum to one.

Shapes: L levels, K experts.
"""

import numpy as np

from polytask.errors import UserError

EVERY_LEVEL = -1
"""In the place of a level: all of them."""


def moved(weights_LK: np.ndarray, level: int, expert: int, value: float) -> np.ndarray:
    """The weights with one expert's set to `value`, at a level or at every level.

    Raises UserError where nothing would have a weight at some level.
    """
    changed = weights_LK.copy()
    changed[_rows(level), expert] = value
    if (changed.sum(axis=1) <= 0).any():
        raise UserError("all weights are 0 now: give at least one expert some weight")
    return changed


def only(weights_LK: np.ndarray, level: int, expert: int) -> np.ndarray:
    """The weights with all of a level's, or of every level's, on one expert."""
    changed = weights_LK.copy()
    changed[_rows(level)] = 0
    changed[_rows(level), expert] = 100
    return changed


def shown(weights_LK: np.ndarray, level: int) -> list[float]:
    """The shares (K) in percent of a level, or their means over all levels."""
    shares = 100 * weights_LK / weights_LK.sum(axis=1, keepdims=True)
    return [round(float(each), 1) for each in shares[_rows(level)].mean(axis=0)]


def _rows(level: int) -> slice:
    return slice(None) if level == EVERY_LEVEL else slice(level, level + 1)
