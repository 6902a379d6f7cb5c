"""Maps of another resolution and width. Shapes: B images, h w tokens, D width."""

from torch import Tensor, nn
from torch.nn import functional as F


class Merging(nn.Module):
    """Merge factor x factor tokens into one of another width, as between stages of a Swin."""

    def __init__(self, dim: int, out_dim: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.norm = nn.LayerNorm(dim * factor**2)
        self.reduction = nn.Linear(dim * factor**2, out_dim, bias=False)

    def forward(self, maps_BhwD: Tensor) -> Tensor:
        """Return (B, h / factor, w / factor, D')."""
        merged = F.pixel_unshuffle(maps_BhwD.permute(0, 3, 1, 2), self.factor)
        return self.reduction(self.norm(merged.permute(0, 2, 3, 1)))


class Upsampling(nn.Module):
    """Twice the resolution, half the width: a linear map to 2 D, laid out as 2 x 2 tokens."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.expand, self.norm = nn.Linear(dim, 2 * dim, bias=False), nn.LayerNorm(dim // 2)

    def forward(self, maps_BhwD: Tensor) -> Tensor:
        """Return (B,2h,2w,D/2)."""
        expanded = F.pixel_shuffle(self.expand(maps_BhwD).permute(0, 3, 1, 2), 2)
        return self.norm(expanded.permute(0, 2, 3, 1))
