"""Which of the detected objects are shown, and what is written beside them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

SHOWN_SCORE = 0.3
MOST_SHOWN = 25


class Detected(NamedTuple):
    """One object: box (4,), mask (H,W) or None, class and words."""

    box: np.ndarray
    mask: np.ndarray | None
    index: int
    words: str


def shown(prediction: Mapping[str, Any], names: Sequence[str]) -> list[Detected]:
    """The objects with a score of at least 0.3, best first, 25 at most.

    "boxes" (N,4), "scores" (N,), "classes" (N,), and "masks" bool (N,H,W) where there are any.
    """
    scores = np.asarray(prediction["scores"])
    boxes, classes = np.asarray(prediction["boxes"]), np.asarray(prediction["classes"])
    masks = np.asarray(prediction["masks"]) if "masks" in prediction else None
    best = [at for at in np.argsort(-scores, kind="stable") if scores[at] >= SHOWN_SCORE]
    return [
        Detected(
            boxes[at],
            None if masks is None else masks[at],
            int(classes[at]),
            f"{names[int(classes[at])]} {scores[at]:.2f}",
        )
        for at in best[:MOST_SHOWN]
    ]
