"""Losses of depth besides the absolute error: reverse Huber, and the rotated loss of Taskonomy.

Predictions and depths are (B, 1, H, W), unlabelled 0. Each image's share of a loss is a function of
that image alone, so that it is the same whoever computes which part of a batch.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from polytask.known_pixels import known_pixels
from polytask.losses.counts import Counts, count

THRESHOLD = 0.2
"""Share of the largest error from which on errors count quadratically."""


def reverse_huber(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """Mean berHu of depths: |e| up to c, (e^2 + c^2) / 2c above (Laina et al., 2016).

    c is 0.2 of the largest error of an image, a constant for the gradient. Differs from the
    official code of VTA and from Laina et al., who take the largest error of a batch, which no part
    of it can know; and in that unlabelled pixels are left out of the mean.
    """
    counts = counts or count("depth", target)
    error = _errors(prediction, target)
    limit = THRESHOLD * error.detach().amax(dim=(1, 2, 3), keepdim=True)
    limit = limit.clamp_min(torch.finfo(error.dtype).tiny)
    steep = (error.square() + limit.square()) / (2 * limit)
    return torch.where(error <= limit, error, steep).sum() / counts.labelled


def rotated_l1(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """Mean absolute error, each image's prediction moved by the pixel that suits it best.

    Of the nine moves by -1, 0, 1 pixels on both axes the one with the smallest error counts
    (VTA, Sec. 3.3: "the rotated loss"; the only code of that name is that of Standley et al., 2020,
    for Taskonomy). Differs from it: pixels at the border count too, against the prediction repeated
    beyond its border, and the mean is over labelled pixels.
    """
    counts = counts or count("depth", target)
    height, width = target.shape[2:]
    around = F.pad(prediction.float(), (1, 1, 1, 1), mode="replicate")
    sums_9B = torch.stack([
        _errors(around[..., row : row + height, column : column + width], target).sum(dim=(1, 2, 3))
        for row in range(3)
        for column in range(3)
    ])  # fmt: skip
    return sums_9B.amin(dim=0).sum() / counts.labelled


def _errors(prediction: Tensor, target: Tensor) -> Tensor:
    """Absolute errors in float32, zero where nothing is labelled."""
    return (prediction.float() - target).abs() * known_pixels("depth", target)
