"""An interaction: the adapter tells the ViT something before some of its blocks, and listens after.

Shapes: B images, N patch tokens, S places of the maps F_1..F_3, D width.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.models.argus.config import AdapterConfig
from polytask.models.argus.deformable import DeformableAttention, Shapes


def token_scale(tokens_BND: Tensor) -> Tensor:
    """Return sqrt(D) / mean ||x||_2 per image, (B,1,1) (Argus, section 3.1 (c))."""
    lengths = torch.linalg.vector_norm(tokens_BND, dim=2, dtype=torch.float32)
    return math.sqrt(tokens_BND.shape[2]) / lengths.mean(dim=1)[:, None, None]


class Injector(nn.Module):
    """Adds what the ViT's tokens find in the maps to them, through a gate that starts as zero.

    Tokens are scaled to a mean length of sqrt(D) and unscaled afterwards (Argus, section 3.1 (c)).
    Computed as x + gate * attention(s x) / s, which is the same: a closed gate changes no bit.
    """

    def __init__(self, config: AdapterConfig, dim: int) -> None:
        super().__init__()
        self.scale_tokens = config.scale_tokens
        self.query_norm, self.value_norm = _norm(dim), _norm(dim)
        self.attention = DeformableAttention(dim, 3, config.num_points, config.value_ratio)
        self.gate = nn.Parameter(torch.zeros(dim))

    def forward(
        self, tokens_BND: Tensor, centres_N2: Tensor, spatial_BSD: Tensor, shapes: Shapes
    ) -> Tensor:
        """Return the tokens (B,N,D); `shapes` are those of the three maps."""
        scale = token_scale(tokens_BND) if self.scale_tokens else 1.0
        queries, values = self.query_norm(tokens_BND * scale), self.value_norm(spatial_BSD)
        found = self.gate * self.attention(queries, centres_N2, values, shapes)
        return tokens_BND + (found / scale).to(tokens_BND.dtype)


class Extractor(nn.Module):
    """Adds what the maps find in the ViT's tokens to them, then a feed-forward network.

    The tokens' length does not matter to it: they are normalised (ViT-Adapter).
    """

    def __init__(self, config: AdapterConfig, dim: int) -> None:
        super().__init__()
        self.query_norm, self.value_norm, self.ffn_norm = _norm(dim), _norm(dim), _norm(dim)
        self.attention = DeformableAttention(dim, 1, config.num_points, config.value_ratio)
        self.ffn = ConvolutionalFeedForward(dim, int(dim * config.ffn_ratio))

    def forward(
        self, spatial_BSD: Tensor, centres_S2: Tensor, tokens_BND: Tensor, grid: tuple[int, int],
        shapes: Shapes,
    ) -> Tensor:  # fmt: skip
        """Return the maps (B,S,D); `grid` is that of the N tokens, `shapes` are the maps'."""
        queries, values = self.query_norm(spatial_BSD), self.value_norm(tokens_BND)
        spatial = spatial_BSD + self.attention(queries, centres_S2, values, [grid])
        return spatial + self.ffn(self.ffn_norm(spatial), shapes)


class ConvolutionalFeedForward(nn.Module):
    """Two linear layers with a 3x3 depthwise convolution between, the same one for every map."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)

    def forward(self, spatial_BSD: Tensor, shapes: Shapes) -> Tensor:
        """Return (B,S,D) of maps of `shapes`, one after another."""
        maps = to_maps(self.fc1(spatial_BSD), shapes)
        return self.fc2(F.gelu(to_tokens([self.depthwise(each) for each in maps])))


class Interaction(nn.Module):
    """An injector before some blocks of the ViT, and extractors after them (Argus, Figure 4).

    The `last` one has `extra_extractors` more.
    """

    def __init__(self, config: AdapterConfig, dim: int, *, last: bool) -> None:
        super().__init__()
        self.injector = Injector(config, dim)
        count = 1 + (config.extra_extractors if last else 0)
        self.extractors = nn.ModuleList(Extractor(config, dim) for _ in range(count))


def to_tokens(maps_BDhw: list[Tensor]) -> Tensor:
    """Lay maps out as one sequence (B,S,D)."""
    return torch.cat([each.flatten(2).transpose(1, 2) for each in maps_BDhw], dim=1)


def to_maps(tokens_BSD: Tensor, shapes: Shapes) -> list[Tensor]:
    """Lay one sequence out as maps (B,D,h,w) of `shapes`."""
    parts = tokens_BSD.split([height * width for height, width in shapes], dim=1)
    return [p.transpose(1, 2).unflatten(2, s) for p, s in zip(parts, shapes, strict=True)]


def _norm(dim: int) -> nn.LayerNorm:
    return nn.LayerNorm(dim, eps=1e-6)
