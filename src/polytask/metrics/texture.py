"""Texture edges as a decision: F1 of the pixels above a threshold."""

from torch import Tensor

from polytask.errors import UserError
from polytask.known_pixels import known_pixels

THRESHOLD = 0.05
"""On the scale of the labels: 0 is flat, 1 the most that polytask.data.texture gives."""


class TextureF1:
    """F1 in percent of the pixels with a texture above `THRESHOLD`, pixels pooled over the split.

    Prediction and label are cut by the same threshold (VTA, Tables 2 and 3, which do not say how).
    """

    def __init__(self) -> None:
        self.matched = self.predicted = self.truth = 0

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add textures, both (B, 1, H, W); NaN is unlabelled."""
        true = target > THRESHOLD
        guessed = (prediction > THRESHOLD) & known_pixels("edge_texture", target)
        self.matched += int((true & guessed).sum())
        self.predicted += int(guessed.sum())
        self.truth += int(true.sum())

    def compute(self) -> float:
        """F1 in percent; UserError where no label was above the threshold."""
        if not self.truth:
            raise UserError(
                f"f1: no edge_texture label above {THRESHOLD} was seen; check its label files"
            )
        return 200 * self.matched / (self.predicted + self.truth)
