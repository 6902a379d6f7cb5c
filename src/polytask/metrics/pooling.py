"""How the errors of pixels become one number of a data set."""

import torch
from torch import Tensor


class PixelMean:
    """The mean over all valid pixels of the data set, whatever the batches."""

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0

    def add(self, errors: Tensor, valid: Tensor) -> None:
        """Add the errors of a batch (B, ...) where `valid`, booleans of the same shape, holds."""
        self.total += float(errors[valid].sum(dtype=torch.float64))
        self.count += int(valid.sum())

    def mean(self) -> float:
        """The mean, once `count` is above zero."""
        return self.total / self.count


class BatchMean(PixelMean):
    """The mean over the valid pixels of each batch, averaged over batches by their images.

    It is what Auto-Lambda and SIMO report: it depends on the batch size unless all images have
    equally many valid pixels. A batch without any is left out.
    """

    def add(self, errors: Tensor, valid: Tensor) -> None:
        """Add the errors of a batch (B, ...) where `valid`, booleans of the same shape, holds."""
        if valid.any():
            self.total += len(errors) * float(errors[valid].mean(dtype=torch.float64))
            self.count += len(errors)
