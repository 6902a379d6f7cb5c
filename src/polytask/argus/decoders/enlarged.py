"""A 3x3 convolution of enlarged maps, without enlarging them first.

Shapes: B images, D channels in, C out, h w of a map, H W of the finest one.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

TAPS = 3
"""Rows and columns of the kernel."""


def convolve_enlarged(maps_BDhw: Sequence[Tensor], weight_CD33: Tensor) -> Tensor:
    """What a padded 3x3 convolution says of all maps, enlarged to the first's size and stacked.

    The same sums in another order: channels are mixed where a map is small, and what each tap k, l
    of the kernel sees is enlarged (bilinearly, E) and shifted (S) afterwards, rows and columns on
    their own: out = sum_kl S_k E (W_kl x) E' S_l'. A map of half the side costs a quarter.
    Returns (B,C,H,W).
    """
    finest, *coarser = maps_BDhw
    weights = weight_CD33.split([each.shape[1] for each in maps_BDhw], dim=1)
    height, width = finest.shape[-2:]
    out = F.conv2d(finest, weights[0], padding=1)
    for level, weight in zip(coarser, weights[1:], strict=True):
        kernels = weight.permute(2, 3, 0, 1).flatten(0, 2)[..., None, None]
        taps = F.conv2d(level, kernels).unflatten(1, (TAPS, TAPS, -1))
        rows, columns = (
            shifted_enlargements(side, into, level.device).to(level.dtype)
            for side, into in zip(level.shape[-2:], (height, width), strict=True)
        )
        wide = torch.einsum("bklchw,lWw->bkchW", taps, columns)
        out = out + torch.einsum("bkchW,kHh->bcHW", wide, rows)
    return out


def shifted_enlargements(side: int, into: int, device: torch.device | None = None) -> Tensor:
    """Matrices (3,into,side): row i of the k-th says of what pixel i + k - 1 is made; 0 outside."""
    impulses = torch.eye(side, dtype=torch.float64, device=device)[None]
    enlarged = F.interpolate(impulses, size=into, mode="linear", align_corners=False)[0].T
    return F.pad(enlarged, (0, 0, 1, 1)).unfold(0, into, 1).mT
