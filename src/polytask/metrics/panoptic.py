"""Panoptic quality."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from polytask.errors import UserError


class PanopticQuality:
    """PQ, its parts SQ and RQ, and PQ of things and of stuff, in percent: means over classes.

    A predicted and a true segment of one class match where their IoU exceeds one half, void pixels
    left out of the union. PQ = sum of matches' IoU / (TP + FP/2 + FN/2). Crowds are not missed, and
    a segment that lies by more than half on void or on crowds of its class is no false positive.
    A class that was neither seen nor predicted has no say. (Kirillov et al. 2019, Eq. 1, section 4)
    """

    def __init__(self, num_classes: int, things: Collection[int]) -> None:
        self.things = np.isin(np.arange(num_classes), list(things))
        self.overlap = np.zeros(num_classes)
        self.matched = np.zeros(num_classes, dtype=np.int64)
        self.wrong = np.zeros(num_classes, dtype=np.int64)
        self.missed = np.zeros(num_classes, dtype=np.int64)

    def update(self, prediction: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Add one image: "ids" (H,W), 0 for nothing, and "segments", each with an "id" and "class".

        sample["panoptic"] is a data.instances.Instances; pixels of none of its masks are void.
        """
        truth = sample["panoptic"]
        classes, crowd = truth["classes"].numpy(), truth["crowd"].numpy()
        numbers = [segment["id"] for segment in prediction["segments"]]
        guessed = np.array([segment["class"] for segment in prediction["segments"]], np.int64)
        shared = _shared(truth["masks"].numpy(), np.asarray(prediction["ids"]), numbers)
        self._count(shared, classes, crowd.astype(bool), guessed)

    def compute(self) -> dict[str, float]:
        """pq, sq, rq, and pq_things, pq_stuff where such classes are; UserError where none is."""
        seen = self.matched + self.wrong + self.missed > 0
        if not seen.any():
            raise UserError("pq: no segment was seen; check the panoptic labels")
        weight = np.maximum(self.matched + self.wrong / 2 + self.missed / 2, 0.5)
        quality = self.overlap / weight
        parts = {
            "pq": quality[seen],
            "sq": (self.overlap / np.maximum(self.matched, 1))[seen],
            "rq": (self.matched / weight)[seen],
            "pq_things": quality[seen & self.things],
            "pq_stuff": quality[seen & ~self.things],
        }
        return {name: 100 * float(values.mean()) for name, values in parts.items() if values.size}

    def _count(
        self, shared: np.ndarray, classes: np.ndarray, crowd: np.ndarray, guessed: np.ndarray
    ) -> None:
        """Match the segments of one image: true `classes` (T,), predicted ones `guessed` (P,)."""
        inside, void = shared[1:, 1:], shared[0, 1:]
        area, true_area = shared[:, 1:].sum(axis=0), shared[1:].sum(axis=1)
        same = classes[:, None] == guessed
        union = area - void + true_area[:, None] - inside
        iou = inside / np.maximum(union, 1)
        match = same & ~crowd[:, None] & (iou > 0.5)
        excused = void + (inside * (same & crowd[:, None])).sum(axis=0)
        wrong = ~match.any(axis=0) & (area > 0) & (2 * excused <= area)
        missed = ~match.any(axis=1) & (true_area > 0) & ~crowd
        np.add.at(self.overlap, classes[match.any(axis=1)], iou[match])
        np.add.at(self.matched, classes[match.any(axis=1)], 1)
        np.add.at(self.wrong, guessed[wrong], 1)
        np.add.at(self.missed, classes[missed], 1)


def _shared(masks: np.ndarray, ids: np.ndarray, numbers: list[int]) -> np.ndarray:
    """Pixels (1+T, 1+P) of true `masks` (T,H,W) by those of predicted `numbers` in `ids` (H,W).

    Row 0 is what no mask has (of overlapping masks, the last counts), column 0 what is of no
    number.
    """
    truth = np.zeros(ids.shape, np.int64)
    for at, mask in enumerate(masks, 1):
        truth[mask] = at
    guess = np.zeros(ids.shape, np.int64)
    for at, number in enumerate(numbers, 1):
        guess[ids == number] = at
    shape = len(masks) + 1, len(numbers) + 1
    pairs = np.bincount((truth * shape[1] + guess).ravel(), minlength=shape[0] * shape[1])
    return pairs.reshape(shape)
