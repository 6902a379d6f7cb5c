"""Mean intersection over union of tasks of classes."""

import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.tasks import IGNORE


class MeanIoU:
    """Mean IoU in percent from counts pooled over the data set (SAK, InvPT, ASTMT, MTI-Net).

    The mean runs over all `num_classes`; a class that is neither labelled nor predicted counts as
    0. LibMTL, SIMO and torchmetrics leave such classes out: see `PresentMeanIoU`.
    """

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes
        self.confusion = torch.zeros(num_classes, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add logits (B, K, H, W) and labels (B, H, W) of 0..K-1 or 255 = ignored.

        Raises UserError on a label outside the classes.
        """
        valid = target != IGNORE
        labels, guesses = target[valid], prediction.argmax(dim=1)[valid]
        if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < self.num_classes:
            raise UserError(
                f"mean_iou: a label of {int(labels.max())} among {self.num_classes} classes; "
                "check the label files or the number of classes"
            )
        pairs = torch.bincount(labels * self.num_classes + guesses, minlength=self.num_classes**2)
        self.confusion += pairs.view(self.num_classes, self.num_classes).cpu()

    def per_class(self) -> Tensor:
        """IoU of each class (K,) as a fraction; 0 for a class that never occurs."""
        if not self.confusion.any():
            raise UserError("mean_iou: no labelled pixel was seen; check the label files")
        return self.confusion.diag().double() / self._union().clamp(min=1)

    def compute(self) -> float:
        """Mean IoU over all classes in percent; UserError where nothing was labelled."""
        return 100 * float(self.per_class().mean())

    def _union(self) -> Tensor:
        return self.confusion.sum(0) + self.confusion.sum(1) - self.confusion.diag()


class PresentMeanIoU(MeanIoU):
    """Mean IoU in percent over the classes that are labelled or predicted (LibMTL, SIMO)."""

    def compute(self) -> float:
        """The mean in percent; UserError where nothing was labelled."""
        return 100 * float(self.per_class()[self._union() > 0].mean())


class HumanPartsIoU(MeanIoU):
    """Mean IoU of human parts, background included, over the images that show a person (SAK).

    An image whose labels are all 0 or 255 is left out, so that its background is not scored.
    """

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add logits (B, 7, H, W) and labels (B, H, W) of 0..6 or 255 = ignored."""
        with_person = ((target != 0) & (target != IGNORE)).flatten(1).any(dim=1)
        super().update(prediction[with_person], target[with_person])
