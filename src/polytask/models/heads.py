"""Prediction heads: SAK's simple one, a linear map of all levels, and one for a single map.

Shapes: B images, D width, C outputs per pixel, H W pixels of the padded image, h w patches.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.models.norms import WholeBatchNorm2d


def resize(maps_BChw: Tensor, size: tuple[int, int]) -> Tensor:
    """Resample maps bilinearly to `size` (height, width), corners not aligned."""
    if tuple(maps_BChw.shape[-2:]) == tuple(size):
        return maps_BChw
    return F.interpolate(maps_BChw, size=size, mode="bilinear", align_corners=False)


def _joined(maps_BChw: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """Concatenate the channels of maps at `size`; maps of one grid are resampled in one go."""
    if len({level.shape[-2:] for level in maps_BChw}) == 1:
        return resize(torch.cat(list(maps_BChw), dim=1), size)
    return torch.cat([resize(level, size) for level in maps_BChw], dim=1)


class Head(nn.Module):
    """Per level D -> D/4, resampled to 1/4 of the image, concatenated, 3x3 convolution, outputs.

    `out` is the number of channels C (official code; the paper says "MLP and convolution layers").
    Levels of other widths than `dim` have them in `dims`; `dim` is then the width inside.
    """

    def __init__(
        self, dim: int, num_levels: int, out: int, dims: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        quarter = dim // 4
        self.linears = nn.ModuleList(nn.Linear(d, quarter) for d in dims or [dim] * num_levels)
        self.linear_fuse = nn.Sequential(
            nn.Conv2d(quarter * num_levels, dim, 3, padding=1), WholeBatchNorm2d(dim), nn.GELU()
        )
        self.last_conv = nn.Conv2d(dim, out, 1)

    def forward(self, levels_BDhw: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return raw float32 outputs (B,C,H,W) at `size` from one map per level."""
        quarter = -(-size[0] // 4), -(-size[1] // 4)
        projected = [
            linear(level.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            for linear, level in zip(self.linears, levels_BDhw, strict=True)
        ]
        outputs = self.last_conv(self.linear_fuse(_joined(projected, quarter)))
        return resize(outputs.float(), size)


class LinearHead(nn.Module):
    """One linear map of all levels' channels at every patch, resampled to the image.

    With `stem_cls` it is DINOv2's linear probe, on which the official code of SIMO has no batch
    normalisation either (SIMO, section 6.1.2).
    """

    def __init__(self, dim: int, num_levels: int, out: int) -> None:
        super().__init__()
        self.last_conv = nn.Conv2d(dim * num_levels, out, 1)

    def forward(self, levels_BDhw: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return raw float32 outputs (B,C,H,W) at `size` from one map per level of one grid."""
        return resize(self.last_conv(torch.cat(list(levels_BDhw), dim=1)).float(), size)


class OneMapHead(nn.Module):
    """One map, resampled to 1/4 of the image, 3x3 convolution, outputs: a head behind a decoder."""

    def __init__(self, dim: int, out: int) -> None:
        super().__init__()
        self.fuse = nn.Sequential(
            nn.Conv2d(dim, dim, 3, padding=1), WholeBatchNorm2d(dim), nn.GELU()
        )
        self.last_conv = nn.Conv2d(dim, out, 1)

    def forward(self, levels_BDhw: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return raw float32 outputs (B,C,H,W) at `size` from a list of one map."""
        (decoded,) = levels_BDhw
        quarter = -(-size[0] // 4), -(-size[1] // 4)
        return resize(self.last_conv(self.fuse(resize(decoded, quarter))).float(), size)


def predict_at(
    head: nn.Module,
    levels_BDhw: Sequence[Tensor],
    image_hw: tuple[int, int],
    whole: tuple[int, int],
) -> Tensor:
    """Outputs (B,C,H,W) for images padded to multiples of `whole`: the padding is cut off."""
    height, width = image_hw
    padded = height + -height % whole[0], width + -width % whole[1]
    return head(levels_BDhw, padded)[..., :height, :width]
