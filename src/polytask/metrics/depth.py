"""Depth: the root mean square error."""

import math

import torch
from torch import Tensor

from polytask.errors import UserError

MAX_DEPTH = 80.0


class RootMeanSquaredError:
    """RMSE of depth in metres, pooled over every pixel with 0 < true depth < 80 m (SAK).

    ASTMT and VTAGML average the RMSE of single images; DenseMTL scales each prediction by the ratio
    of medians first.
    """

    def __init__(self) -> None:
        self.total, self.num_pixels = 0.0, 0

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add depths (B, 1, H, W) in metres; a prediction below 0 counts as 0."""
        valid = (target > 0) & (target < MAX_DEPTH)
        error = prediction.float().clamp(min=0)[valid] - target[valid]
        self.total += float(error.square().sum(dtype=torch.float64))
        self.num_pixels += int(valid.sum())

    def compute(self) -> float:
        """RMSE in metres; UserError where no pixel was labelled."""
        if not self.num_pixels:
            raise UserError("rmse: no pixel with a valid depth was seen; check depth/")
        return math.sqrt(self.total / self.num_pixels)
