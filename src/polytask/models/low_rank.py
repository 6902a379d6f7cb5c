"""Low-rank paths beside the blocks of an encoder: what representation re-alignment learns.

Shapes: B images, N tokens, D width.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

Map = Callable[[Tensor], Tensor]
Realignment = Literal["none", "low_rank", "surgery"]


def low_rank(inputs_BND: Tensor, outputs_BND: Tensor, down: Map, up: Map) -> Tensor:
    """Return f(x) + B A x, (B,N,D), of a block's input x and output f(x) (SIMO, section 5.0.2)."""
    return outputs_BND + up(down(inputs_BND))


def surgery(outputs_BND: Tensor, down: Map, up: Map) -> Tensor:
    """Return y - up(ReLU(down(y))), (B,N,D), of a block's output y (Representation Surgery).

    What the official code of SIMO does; the paper says `low_rank`.
    """
    return outputs_BND - up(F.relu(down(outputs_BND)))


class LowRankPath(nn.Module):
    """B A x from a block's input, without bias or scale; it starts as zero (SIMO, section 5.0.2).

    `down` is A (rank, D), as torch starts a linear layer; `up` is B (D, rank), zero.
    """

    def __init__(self, dim: int, rank: int) -> None:
        super().__init__()
        self.down = nn.Linear(dim, rank, bias=False)
        self.up = nn.Linear(rank, dim, bias=False)
        nn.init.kaiming_uniform_(self.down.weight, a=math.sqrt(5))
        nn.init.zeros_(self.up.weight)

    def forward(self, inputs_BND: Tensor, outputs_BND: Tensor) -> Tensor:
        return low_rank(inputs_BND, outputs_BND, self.down, self.up)


class SurgeryPath(LowRankPath):
    """The same weights, but a correction of the block's output that a ReLU gates."""

    def forward(self, inputs_BND: Tensor, outputs_BND: Tensor) -> Tensor:
        del inputs_BND
        return surgery(outputs_BND, self.down, self.up)


def build_paths(realignment: Realignment, dim: int, num_blocks: int, rank: int) -> nn.ModuleList:
    """Return one path per block, or none at all for "none"."""
    if realignment == "none":
        return nn.ModuleList()
    path = LowRankPath if realignment == "low_rank" else SurgeryPath
    return nn.ModuleList(path(dim, rank) for _ in range(num_blocks))


def around(blocks: Iterable[Map], paths: Sequence[LowRankPath]) -> Iterable[Map]:
    """Return the blocks, each followed by its path where there are any."""
    if not len(paths):
        return blocks
    return [partial(_realigned, *pair) for pair in zip(blocks, paths, strict=True)]


def _realigned(block: Map, path: LowRankPath, tokens_BND: Tensor) -> Tensor:
    return path(tokens_BND, block(tokens_BND))
