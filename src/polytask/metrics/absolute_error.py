"""The mean absolute error of tasks that predict quantities."""

from torch import Tensor

from polytask.errors import UserError
from polytask.known_pixels import known_pixels
from polytask.metrics.pooling import BatchMean


class MeanAbsoluteError:
    """Mean absolute error of each batch and then over batches, in the labels' unit (SIMO's aErr).

    Predictions count as they stand: negative depths, vectors of any length. Every channel of a
    labelled pixel counts.
    """

    def __init__(self, task: str) -> None:
        self.task, self.errors = task, BatchMean()

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add predictions and labels, both (B, C, H, W)."""
        known = known_pixels(self.task, target).expand_as(target)
        self.errors.add((prediction.float() - target).abs(), known)

    def compute(self) -> float:
        """The error; UserError where no pixel was labelled."""
        if not self.errors.count:
            raise UserError(
                f"abs_error: no labelled pixel of {self.task} was seen; check its label files"
            )
        return self.errors.mean()
