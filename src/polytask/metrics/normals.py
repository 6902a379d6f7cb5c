"""Surface normals: the mean angular error."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from polytask.errors import UserError
from polytask.metrics.pooling import BatchMean, PixelMean


class MeanAngularError:
    """Mean angle between predicted and true normals, in degrees, over all labelled pixels.

    The angle is 2 atan2(|p - g|, |p + g|) of the normalised vectors (SAK, InvPT), exact where the
    arc cosine of ASTMT and MTI-Net loses digits.
    """

    def __init__(self) -> None:
        self.angles = PixelMean()

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add vectors of any length and unit normals, zero = unlabelled; both (B, 3, H, W)."""
        angle_BHW = angle_between(prediction.float(), target.float())
        self.angles.add(angle_BHW, (target != 0).any(dim=1))

    def compute(self) -> float:
        """Mean angle in degrees; UserError where no pixel was labelled."""
        if not self.angles.count:
            raise UserError("mean_angular_error: no labelled pixel was seen; check normals/")
        return self.angles.mean()


class AnglePerBatch(MeanAngularError):
    """The same angle averaged as SIMO and Auto-Lambda do: within each batch, then over batches.

    A pixel counts where the sum of its true normal is not 0, as in their code.
    """

    def __init__(self) -> None:
        self.angles = BatchMean()

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add vectors of any length and unit normals, zero = unlabelled; both (B, 3, H, W)."""
        self.angles.add(self.angle(prediction.float(), target.float()), target.sum(dim=1) != 0)

    def angle(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Angle in degrees (B, H, W)."""
        return angle_between(prediction, target)


class ArcCosine(AnglePerBatch):
    """Mean arc cosine in degrees of p . g clamped to [-1, 1], p as it is (SIMO's released code).

    An angle for unit vectors only: a shorter p reads worse than its direction is, and one of length
    3 reads as perfect up to 70 degrees off. The heads here leave lengths free, so this is for
    networks that were trained to emit unit vectors.
    """

    def angle(self, prediction: Tensor, target: Tensor) -> Tensor:
        """What stands for the angle, in degrees (B, H, W)."""
        return torch.rad2deg((prediction * target).sum(dim=1).clamp(-1, 1).acos())


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Angle in degrees (B, H, W) between vectors (B, 3, H, W)."""
    first, second = normalize(first, dim=1), normalize(second, dim=1)
    apart, together = (first - second).norm(dim=1), (first + second).norm(dim=1)
    return torch.rad2deg(2 * torch.atan2(apart, together))
