"""Metrics of whole images: accuracy, and the area under the ROC curve of anomalies."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from polytask.errors import UserError

KEY_BITS = 22
"""Bits of a float32 by which pixels are told apart: sign, exponent and 13 of the mantissa."""


class TopOne:
    """Share of images in percent whose class has the highest score, or one of the five highest.

    Of equal scores the class that comes first wins.
    """

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes
        self.ranks: list[int] = []

    def update(self, prediction: Tensor, sample: Mapping[str, Any]) -> None:
        """Add scores (C,) of one image, whose class is sample["image_class"]."""
        label = int(sample["image_class"])
        if not 0 <= label < self.num_classes:
            raise UserError(
                f"top1: an image is of class {label}, the classes are 0 to {self.num_classes - 1}; "
                "check the labels of the images"
            )
        order = prediction.argsort(descending=True, stable=True)
        self.ranks.append(order.tolist().index(label))

    def compute(self) -> dict[str, float]:
        """top1, and top5 where there are five classes; UserError where no image was seen."""
        if not self.ranks:
            raise UserError("top1: no image was seen; check the split")
        ranks = np.array(self.ranks)
        found = {f"top{k}": 100 * float((ranks < k).mean()) for k in (1, 5)}
        return found if self.num_classes >= 5 else {"top1": found["top1"]}


class ImageAUROC:
    """AUROC in percent of images' scores (I-AUROC) and of pixels (P-AUROC); equal scores are half.

    Images are ranked exactly. Pixels are counted in 2^22 bins of a width of 1/8192 of their value,
    so that memory does not grow; pixels of one bin rank as equal.
    """

    def __init__(self) -> None:
        self.scores: list[float] = []
        self.anomalous: list[bool] = []
        self.pixels = np.zeros((2, 1 << KEY_BITS), np.int64)

    def update(self, prediction: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Add an image's "score" and its "map" (H,W) of float32, higher where more anomalous.

        sample["anomaly"] is 0 or 1, sample["anomaly_mask"] (1,H,W) of 0 and 1.
        """
        self.scores.append(float(prediction["score"]))
        self.anomalous.append(bool(sample["anomaly"]))
        keys = _ordered_keys(np.asarray(prediction["map"], np.float32)) >> (32 - KEY_BITS)
        inside = np.asarray(sample["anomaly_mask"])[0] > 0.5
        for counts, kind in zip(self.pixels, (~inside, inside), strict=True):
            np.add.at(counts, keys[kind], 1)

    def compute(self) -> dict[str, float]:
        """i_auroc, and p_auroc where pixels of both kinds were seen.

        UserError where all images were normal or all anomalous, or a score is not a number.
        """
        scores, anomalous = np.array(self.scores), np.array(self.anomalous, bool)
        if anomalous.all() or not anomalous.any():
            raise UserError("i_auroc: needs normal and anomalous images; check the split")
        if np.isnan(scores).any():
            raise UserError("i_auroc: a score is not a number; check how the decoder was trained")
        _, levels = np.unique(scores, return_inverse=True)
        images = (np.bincount(levels[kind], minlength=len(scores)) for kind in _both(anomalous))
        found = {"i_auroc": 100 * area_under_roc(*images)}
        if self.pixels.any(axis=1).all():
            found["p_auroc"] = 100 * area_under_roc(*self.pixels)
        return found


def area_under_roc(negative: np.ndarray, positive: np.ndarray) -> float:
    """How often a positive ranks above a negative, a tie counting half.

    Both (N,): how many there are of each of N scores in ascending order.
    """
    below = np.cumsum(negative) - negative
    wins = (positive * (below + negative / 2)).sum()
    return float(wins / (positive.sum() * negative.sum()))


def _both(anomalous: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ~anomalous, anomalous


def _ordered_keys(values: np.ndarray) -> np.ndarray:
    """float32 as uint32 of the same order; 0 and -0 are one."""
    bits = (values + np.float32(0)).view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
