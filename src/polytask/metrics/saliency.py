"""Saliency: the maximum F-measure, of which three incompatible protocols circulate."""

from collections.abc import Sequence

import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.tasks import IGNORE

THRESHOLDS = tuple(percent / 100 for percent in range(5, 100, 5))


class MaxFMeasure:
    """Maximum F-measure in percent over `thresholds`, by the protocol of SAK and ATRC.

    The probability of the salient class is compared (>=) with 0.05, 0.10 .. 0.95; precision and
    recall come from counts pooled over the data set; F weighs them with beta^2 = 0.3. On the same
    predictions InvPT's protocol (`invpt_max_f_measure`) and ASTMT's (`AstmtMaxFMeasure`) differ by
    several points.
    """

    def __init__(self, thresholds: Sequence[float] = THRESHOLDS, beta_squared: float = 0.3) -> None:
        self.thresholds = torch.tensor(thresholds, dtype=torch.float32)
        self.beta_squared = beta_squared
        self.counts: list[Tensor] = []

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add logits (B, 2, H, W) and labels (B, H, W) of {0, 1, 255 = ignored}."""
        thresholds = self.thresholds.to(prediction.device)
        salient_BHW = prediction.float().softmax(dim=1)[:, 1].contiguous()
        num_reached = torch.bucketize(salient_BHW, thresholds, right=True)
        for reached, labels in zip(num_reached, target, strict=True):
            positives, hits = (
                torch.bincount(reached[chosen], minlength=len(thresholds) + 1)
                .flip(0).cumsum(0).flip(0)[1:]
                for chosen in (labels != IGNORE, labels == 1)
            )  # fmt: skip
            actual = torch.full_like(hits, int((labels == 1).sum()))
            self.counts.append(torch.stack([hits, positives, actual]).cpu())

    def compute(self) -> float:
        """Maximum F in percent; UserError where no pixel was labelled as salient."""
        precision, recall = self._precision_recall(self._counts())
        weighted = self.beta_squared * precision + recall
        f_measure = (1 + self.beta_squared) * precision * recall / weighted.clamp(min=1e-12)
        return 100 * float(f_measure.max())

    def _counts(self) -> Tensor:
        """True positives, predicted and actual positives (images, 3, thresholds)."""
        counts = torch.stack(self.counts) if self.counts else torch.zeros(1, 3, 1)
        if not counts[:, 2].any():
            raise UserError("max_f_measure: no salient pixel was labelled; check the sal labels")
        return counts.double()

    def _precision_recall(self, counts: Tensor) -> tuple[Tensor, Tensor]:
        hits, positives, actual = counts.sum(dim=0)
        return hits / positives.clamp(min=1), hits / actual.clamp(min=1)


class AstmtMaxFMeasure(MaxFMeasure):
    """Maximum F1 over 15 thresholds 0.2 .. 0.9 of precision and recall averaged over images.

    It is the protocol of ASTMT and MTI-Net (which compares with >, a difference of measure zero).
    """

    def __init__(self) -> None:
        super().__init__([0.2 + 0.05 * step for step in range(15)], beta_squared=1.0)

    def _precision_recall(self, counts: Tensor) -> tuple[Tensor, Tensor]:
        hits, positives, actual = counts.unbind(dim=1)
        return (hits / positives.clamp(min=1)).mean(0), (hits / actual.clamp(min=1)).mean(0)


def invpt_max_f_measure() -> MaxFMeasure:
    """The protocol of InvPT and TaskPrompter, which thresholds the sigmoid of the probability.

    That second sigmoid moves the thresholds to their logits: below 0.5 everything is salient, above
    0.73 nothing.
    """
    return MaxFMeasure(torch.logit(torch.tensor(THRESHOLDS, dtype=torch.float64)).tolist())
