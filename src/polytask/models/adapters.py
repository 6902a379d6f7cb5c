"""Teacher-Specific Adapter Paths: one bottleneck adapter beside every stage of the stem.

Shapes: B images, N tokens, D width.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def adapter(
    tokens_BND: Tensor,
    down: Callable[[Tensor], Tensor],
    scaled_up: Callable[[Tensor], Tensor],
) -> Tensor:
    """Return scale * up(GELU(down(tokens))) + tokens, (B,N,D) (SAK, Eq. (3))."""
    return scaled_up(F.gelu(down(tokens_BND))) + tokens_BND


def adapter_path(
    stem_tokens: Sequence[Tensor],
    adapters: Sequence[Callable[[Tensor], Tensor]],
    before: Tensor | None = None,
) -> list[Tensor]:
    """Return [R_0, ..., R_L] of Z_0..Z_L: R_0 = a_0(Z_0), R_l = a_l(R_{l-1} + Z_l).

    `before` is the R that these go on from, where there is one. Raises ValueError unless there is
    one adapter per Z_l (SAK, Eq. (2)).
    """
    outputs: list[Tensor] = []
    for tokens, adapt in zip(stem_tokens, adapters, strict=True):
        before = adapt(tokens if before is None else before + tokens)
        outputs.append(before)
    return outputs


def init_weights(module: nn.Module) -> None:
    """Linear layers: truncated normal of std 0.02 and zero bias; norms: one and zero.

    For `nn.Module.apply` on adapters, norms, aligners and routers (official code; not in the paper)
    """
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LayerNorm):
        nn.init.ones_(module.weight)
        nn.init.zeros_(module.bias)


class Adapter(nn.Module):
    """The bottleneck D -> D // reduction -> D with a learnable scale that starts at one.

    With `zero_init_up` it starts as the identity, which the official code does not do. The paper
    names neither the width nor the starting values (SAK, Eq. (3)).
    """

    def __init__(self, dim: int, reduction: int = 4, zero_init_up: bool = False) -> None:
        super().__init__()
        self.down = nn.Linear(dim, dim // reduction)
        self.up = nn.Linear(dim // reduction, dim)
        self.scale = nn.Parameter(torch.ones(1))
        self.apply(init_weights)
        if zero_init_up:
            nn.init.zeros_(self.up.weight)

    def forward(self, tokens_BND: Tensor) -> Tensor:
        return adapter(tokens_BND, self.down, self._scaled_up)

    def _scaled_up(self, hidden_BNd: Tensor) -> Tensor:
        """scale * up(hidden): the small matrix is scaled, not every token."""
        return F.linear(hidden_BNd, self.scale * self.up.weight, self.scale * self.up.bias)


class TeacherSpecificAdapterPath(nn.ModuleList):
    """The L+1 adapters of one teacher, beside the patch embedding and L blocks (SAK, Eq. (2))."""

    def __init__(
        self, dim: int, num_blocks: int, reduction: int = 4, zero_init_up: bool = False
    ) -> None:
        super().__init__(Adapter(dim, reduction, zero_init_up) for _ in range(num_blocks + 1))

    def forward(self, stem_tokens: Sequence[Tensor]) -> list[Tensor]:
        return adapter_path(stem_tokens, list(self))
