"""Low-rank convolutions that are experts, all of them as one pair of convolutions.

Shapes: B images, N experts, C channels, R the sum of the experts' ranks, h w of a map.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LowRankExperts(nn.Module):
    """sum_n g_n E_n(x) with E_n a 3x3 convolution to rank r_n, then a 1x1 one to C channels.

    Nothing stands between the two, so that an expert is a 3x3 convolution of low rank. Experts with
    a gate of zero are computed as well: that costs what they cost, but the weights of all have a
    gradient in every step, in every process (MLoRE, section 3).
    """

    def __init__(self, channels: int, ranks: Sequence[int]) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, sum(ranks), 3, padding=1)
        self.up = nn.Parameter(torch.empty(channels, sum(ranks)))
        self.bias = nn.Parameter(torch.zeros(len(ranks), channels))
        owner = [expert for expert, rank in enumerate(ranks) for _ in range(rank)]
        self.register_buffer("owner", torch.tensor(owner), persistent=False)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.down.bias)
        for columns in self.up.split(list(ranks), dim=1):
            nn.init.kaiming_uniform_(columns.data, a=math.sqrt(5))

    def forward(self, maps_BChw: Tensor, gates_BN: Tensor) -> Tensor:
        """Return the gated sum (B,C,h,w)."""
        hidden = self.down(maps_BChw) * gates_BN[:, self.owner, None, None]
        return F.conv2d(hidden, self.up[..., None, None]) + (gates_BN @ self.bias)[..., None, None]

    def kernels(self, gates_BN: Tensor) -> tuple[Tensor, Tensor]:
        """Return the one 3x3 convolution per image that the gated sum is: (B,C,C,3,3), (B,C)."""
        up_BCR = self.up * gates_BN[:, None, self.owner]
        weights = torch.einsum("bor,rihw->boihw", up_BCR, self.down.weight)
        return weights, up_BCR @ self.down.bias + gates_BN @ self.bias


def convolve_each(maps_BChw: Tensor, weights_BCC33: Tensor, biases_BC: Tensor) -> Tensor:
    """Return (B,C,h,w): every image convolved with its own 3x3 kernel, zeros around it."""
    together = maps_BChw.flatten(0, 1)[None]
    outputs = F.conv2d(
        together, weights_BCC33.flatten(0, 1), biases_BC.flatten(), padding=1,
        groups=len(maps_BChw),
    )  # fmt: skip
    return outputs[0].unflatten(0, maps_BChw.shape[:2])
