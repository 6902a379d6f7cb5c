"""Which low-rank experts a task takes for an image.

Shapes: B images, N experts, C channels, h w of a map, T tokens.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.across_processes import normal_like
from polytask.models.adapters import init_weights


def top_k_gates(logits_BN: Tensor, top_k: int, renormalise: bool) -> Tensor:
    """Return gates (B,N) of the `top_k` largest logits, all others zero (MLoRE, section 3).

    They are a softmax of the chosen logits, which sums to one, or else of all logits.
    """
    chosen = torch.zeros_like(logits_BN, dtype=torch.bool)
    chosen = chosen.scatter(1, logits_BN.topk(top_k, dim=1).indices, True)
    if renormalise:
        return torch.softmax(logits_BN.masked_fill(~chosen, -torch.inf), dim=1)
    return torch.softmax(logits_BN, dim=1).masked_fill(~chosen, 0.0)


class TaskRouter(nn.Module):
    """A task's map -> gates of the shared experts, and the weight of the task's own one.

    It looks at the mean of its tokens behind a small network, and at a weighted sum of them over
    positions. The weights stand on a grid of their own and are resampled to that of the map, so
    that images may have any size. In training the logits are noisy, as in SAK's routers.
    """

    def __init__(
        self, channels: int, num_experts: int, top_k: int, renormalise: bool,
        positions: tuple[int, int],
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_experts, self.top_k, self.renormalise = num_experts, top_k, renormalise
        quarter = channels // 4
        self.content = nn.Sequential(
            nn.Linear(channels, quarter), nn.LayerNorm(quarter), nn.GELU(),
            nn.Linear(quarter, quarter),
        )  # fmt: skip
        self.place = nn.Sequential(nn.LayerNorm(channels), nn.GELU(), nn.Linear(channels, quarter))
        self.positions = nn.Parameter(torch.empty(1, 1, *positions))
        self.choose = nn.Linear(2 * quarter, 2 * num_experts + 1)
        self.apply(init_weights)
        nn.init.trunc_normal_(self.positions, std=0.02)

    def forward(self, maps_BChw: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gates (B,N), float32, and the weight (B,1) of the task's own expert."""
        tokens_BTC = maps_BChw.flatten(2).transpose(1, 2)
        hidden, last = self.content[:3], self.content[3]
        content = last(hidden(tokens_BTC).mean(dim=1))
        summary = torch.cat([content, self.place(self._placed(maps_BChw))], dim=1)
        sizes = [self.num_experts, self.num_experts, 1]
        clean, spread, own = self.choose(summary).float().split(sizes, dim=1)
        if self.training:
            clean = clean + _noise_like(clean) * spread
        return top_k_gates(clean, self.top_k, self.renormalise), own

    def _placed(self, maps_BChw: Tensor) -> Tensor:
        """Return the sum (B,C) over positions, each with its weight."""
        weights = F.interpolate(
            self.positions, size=maps_BChw.shape[-2:], mode="bilinear", align_corners=False
        )
        return (maps_BChw * weights).flatten(2).sum(dim=2)


@torch.compiler.disable  # a compiled one draws other numbers, and is another one per micro-batch
def _noise_like(logits_BN: Tensor) -> Tensor:
    return normal_like(logits_BN)
