"""Boundary detection: the F-measure at the best threshold for the whole data set (odsF)."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.metrics.matching import count_matches
from polytask.metrics.nms import edge_orientation, non_maximum_suppression, triangle_filter
from polytask.metrics.thinning import thin
from polytask.tasks import IGNORE

THRESHOLDS = tuple(percent / 100 for percent in range(1, 100))
HED_THRESHOLDS = tuple(math.nextafter(each, 1.0) for each in (0.001, *THRESHOLDS, 0.999))
"""The 101 of SEISM's HED.txt, above which a pixel is boundary: "at least" the next number up."""


class BoundaryCounts(NamedTuple):
    """Pixels per threshold: matched pairs, predicted; and the number of true ones."""

    matched: np.ndarray
    predicted: np.ndarray
    truth: int


class OdsFMeasure:
    """Optimal-dataset-scale F-measure of boundaries in percent, by the protocol of SAK.

    `max_dist` is a fraction of the image diagonal: 0.0075 for PASCAL-Context, 0.011 for NYUD-v2.
    Probabilities become uint8, are smoothed (a triangle of radius `smoothing`) and suppressed (NMS)
    with `nms_radius` across the edge, become uint8 again, and are compared (>=) with 99
    `thresholds`; both maps are thinned, matched one to one, and counts are pooled over images
    before F is taken. `seism_r1` and `seism_no_nms` are the other protocols in print; their tables
    are also of other images (docs/fidelity.md).
    Differs from the official code: matching is exact, and the true map is thinned as it is (for
    NYUD-v2 the official one first takes the boundaries of the boundary map).
    """

    def __init__(
        self,
        max_dist: float,
        thresholds: Sequence[float] = THRESHOLDS,
        nms_radius: int = 4,
        smoothing: int = 1,
    ) -> None:
        self.max_dist = max_dist
        self.thresholds = np.asarray(thresholds, dtype=np.float64)
        self.nms_radius, self.smoothing = nms_radius, smoothing
        self.matched = np.zeros(len(self.thresholds), dtype=np.int64)
        self.predicted = np.zeros(len(self.thresholds), dtype=np.int64)
        self.truth = 0

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add logits (B, 1, H, W) and labels (B, 1, H, W) of {0, 1, 255 = ignored}.

        Each image is cut to the rectangle around its labelled pixels, which removes padding.
        """
        quantised = (prediction.detach().float().sigmoid() * 255).to(torch.uint8)
        for edges_1HW, labels_1HW in zip(quantised, target, strict=True):
            edges, labels = edges_1HW[0].cpu().numpy(), labels_1HW[0].cpu().numpy()
            valid = labels != IGNORE
            if not valid.any():
                continue
            window = _bounding_box(valid)
            counts = boundary_counts(
                suppress(edges[window], self.nms_radius, self.smoothing) * valid[window],
                (labels[window] == 1),
                self.thresholds,
                self.max_dist,
            )
            self.matched += counts.matched
            self.predicted += counts.predicted
            self.truth += counts.truth

    def curve(self) -> dict[str, np.ndarray]:
        """Precision, recall and F (fractions) at each threshold; nothing predicted is precise."""
        if not self.truth:
            raise UserError("ods_f_measure: no true boundary pixel was seen; check the edge labels")
        return {
            "threshold": self.thresholds,
            "precision": np.where(
                self.predicted > 0, self.matched / np.maximum(self.predicted, 1), 1.0
            ),
            "recall": self.matched / self.truth,
            "f_measure": 2 * self.matched / (self.predicted + self.truth),
        }

    def compute(self) -> float:
        """Best F over the thresholds, in percent; UserError where no boundary was ever labelled."""
        return 100 * float(self.curve()["f_measure"].max())


def seism_r1(max_dist: float) -> OdsFMeasure:
    """The protocol of InvPT and TaskPrompter: no smoothing, suppression with radius 1, `>`.

    Differs from the official code: what is left of the faded border is rounded to uint8.
    """
    return OdsFMeasure(max_dist, HED_THRESHOLDS, nms_radius=1, smoothing=0)


def seism_no_nms(max_dist: float) -> OdsFMeasure:
    """The protocol of MTI-Net: the map as it was saved, neither smoothed nor suppressed, `>`."""
    return OdsFMeasure(max_dist, HED_THRESHOLDS, nms_radius=0)


def suppress(edges: np.ndarray, nms_radius: int, smoothing: int = 1) -> np.ndarray:
    """Smooth and thin out a uint8 boundary map (H, W) as SEISM does; the result is uint8.

    `nms_radius` 0 leaves the map as it is. (SAK: 4, smoothed by 1)
    """
    if not nms_radius:
        return edges
    smoothed = triangle_filter(edges / np.float32(255), smoothing)
    peaks = non_maximum_suppression(smoothed, edge_orientation(smoothed), nms_radius)
    return np.minimum(np.floor(peaks * 255 + 0.5), 255).astype(np.uint8)


def boundary_counts(
    edges: np.ndarray, truth: np.ndarray, thresholds: np.ndarray, max_dist: float
) -> BoundaryCounts:
    """Match a suppressed uint8 map (H, W) with boolean `truth` (H, W) at every threshold in [0, 1].

    `max_dist` is a fraction of the diagonal. Thresholds that cut the map alike are matched once.
    """
    levels = np.searchsorted(np.arange(256) / 255, thresholds)
    pixels_from = np.bincount(edges.ravel(), minlength=257)[::-1].cumsum()[::-1]
    _, first, same_as = np.unique(pixels_from[levels], return_index=True, return_inverse=True)
    maps = thin(edges >= levels[first][:, None, None])
    truth = thin(truth)
    matched = count_matches(maps, truth, max_dist * float(np.hypot(*truth.shape)))
    predicted = np.count_nonzero(maps, axis=(1, 2))
    return BoundaryCounts(matched[same_as], predicted[same_as], int(np.count_nonzero(truth)))


def _bounding_box(mask: np.ndarray) -> tuple[slice, slice]:
    """The smallest rectangle that holds every set pixel of boolean (H, W)."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
