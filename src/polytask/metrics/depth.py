"""Depth: the root mean square error, over all pixels or image by image."""

import math

from torch import Tensor

from polytask.errors import UserError
from polytask.metrics.pooling import PixelMean

MAX_DEPTH = 80.0


class RootMeanSquaredError:
    """RMSE of depth in metres, pooled over every pixel with 0 < true depth < 80 m (SAK).

    InvPT and MTI-Net have no upper bound, which NYUD-v2 never reaches. DenseMTL scales each
    prediction by the ratio of medians first.
    """

    def __init__(self) -> None:
        self.squares = PixelMean()

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add depths (B, 1, H, W) in metres; a prediction below 0 counts as 0."""
        self.squares.add((prediction.float().clamp(min=0) - target).square(), within_range(target))

    def compute(self) -> float:
        """RMSE in metres; UserError where no pixel was labelled."""
        if not self.squares.count:
            raise UserError("rmse: no pixel with a valid depth was seen; check depth/")
        return math.sqrt(self.squares.mean())


class MeanImageRmse:
    """Mean over images of the RMSE of each in metres (ASTMT; VTAGML without a mask).

    Pixels count as in `RootMeanSquaredError`; an image without any is left out.
    """

    def __init__(self) -> None:
        self.errors: list[float] = []

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add depths (B, 1, H, W) in metres; a prediction below 0 counts as 0."""
        for guess, truth in zip(prediction, target, strict=True):
            image = RootMeanSquaredError()
            image.update(guess, truth)
            if image.squares.count:
                self.errors.append(image.compute())

    def compute(self) -> float:
        """Mean RMSE in metres; UserError where no pixel was labelled."""
        if not self.errors:
            raise UserError("rmse_per_image: no pixel with a valid depth was seen; check depth/")
        return math.fsum(self.errors) / len(self.errors)


def within_range(target: Tensor) -> Tensor:
    """Which true depths count: above 0 and below 80 m."""
    return (target > 0) & (target < MAX_DEPTH)
