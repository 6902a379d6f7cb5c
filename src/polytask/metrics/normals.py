"""Surface normals: the mean angular error."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from polytask.errors import UserError


class MeanAngularError:
    """Mean angle between predicted and true normals, in degrees, over all labelled pixels.

    The angle is 2 atan2(|p - g|, |p + g|) (SAK, InvPT), exact where the arc cosine of ASTMT and
    MTI-Net loses digits. LibMTL and SIMO do not normalise the prediction; Auto-Lambda and SIMO
    average batches instead of pixels.
    """

    def __init__(self) -> None:
        self.total, self.num_pixels = 0.0, 0

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add vectors of any length and unit normals, zero = unlabelled; both (B, 3, H, W)."""
        valid = (target != 0).any(dim=1)
        angle_BHW = angle_between(prediction.float(), target.float())
        self.total += float(angle_BHW[valid].sum(dtype=torch.float64))
        self.num_pixels += int(valid.sum())

    def compute(self) -> float:
        """Mean angle in degrees; UserError where no pixel was labelled."""
        if not self.num_pixels:
            raise UserError("mean_angular_error: no labelled pixel was seen; check normals/")
        return self.total / self.num_pixels


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Angle in degrees (B, H, W) between vectors (B, 3, H, W)."""
    first, second = normalize(first, dim=1), normalize(second, dim=1)
    apart, together = (first - second).norm(dim=1), (first + second).norm(dim=1)
    return torch.rad2deg(2 * torch.atan2(apart, together))
