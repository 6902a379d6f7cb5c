"""Maps cut into windows, as a Swin transformer does, regular or shifted.

Shapes: B images, h w tokens, D width, n windows, N tokens of a window.
"""

import torch
from timm.models.swin_transformer import window_partition, window_reverse
from torch import Tensor
from torch.nn import functional as F


def cut(maps_BhwD: Tensor, window: int, shift: int) -> Tensor:
    """Return (B,n,N,D): maps rolled by `shift`, padded to whole windows and cut."""
    height, width = maps_BhwD.shape[1:3]
    if shift:
        maps_BhwD = maps_BhwD.roll((-shift, -shift), dims=(1, 2))
    maps_BhwD = F.pad(maps_BhwD, (0, 0, 0, -width % window, 0, -height % window))
    windows = window_partition(maps_BhwD, (window, window)).flatten(1, 2)
    return windows.unflatten(0, (maps_BhwD.shape[0], -1))


def join(windows_BnND: Tensor, size: tuple[int, int], window: int, shift: int) -> Tensor:
    """Return what `cut` was given, (B,h,w,D) of `size` (h, w)."""
    height, width = size
    whole = height + -height % window, width + -width % window
    windows = windows_BnND.flatten(0, 1).unflatten(1, (window, window))
    maps = window_reverse(windows, (window, window), *whole)[:, :height, :width]
    return maps.roll((shift, shift), dims=(1, 2)) if shift else maps


def neighbours(
    size: tuple[int, int], window: int, shift: int, device: torch.device
) -> Tensor | None:
    """Which tokens of a window may see each other, (n,N,N); None where all may.

    Tokens that a roll brought together from two sides of the map may not, nor may the padding.
    """
    if not shift and not any(side % window for side in size):
        return None
    height, width = (_parts(side, window, shift, device) for side in size)
    parts = (3 * height[:, None] + width)[None, ..., None]
    parts_nN = window_partition(parts, (window, window)).flatten(1)
    return parts_nN[:, :, None] == parts_nN[:, None, :]


def _parts(side: int, window: int, shift: int, device: torch.device) -> Tensor:
    """Along one side: 0, 1 for what was rolled from the start to the end, 2 for the padding."""
    at = torch.arange(side + -side % window, device=device)
    return (at >= side - shift).long() + (at >= side).long() if shift else (at >= side).long()
