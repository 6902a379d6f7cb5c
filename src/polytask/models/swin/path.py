"""Adapter paths beside a stem with stages, and how a path gets from one stage to the next.

Shapes: B images, D width of a stage, h w tokens of a stage.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from polytask.models.adapters import Adapter, adapter_path


class Carry(nn.Module):
    """R of a stage's end at the next one's size and width: the mean of 2 x 2 tokens, then linear.

    The linear map starts orthogonal, so that a token stays as long as it is.
    """

    def __init__(self, dim: int, next_dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim, next_dim)
        nn.init.orthogonal_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, tokens_BhwD: Tensor) -> Tensor:
        pooled = F.avg_pool2d(tokens_BhwD.permute(0, 3, 1, 2), 2)
        return self.linear(pooled.permute(0, 2, 3, 1))


class StagedAdapterPath(nn.Module):
    """One adapter per Z_l of every stage, and a carry before each stage but the first.

    Within a stage R_l = a_l(R_{l-1} + Z_l) (SAK, Eq. (2)); at its start R_{l-1} has been carried.
    """

    def __init__(
        self,
        dims: Sequence[int],
        lengths: Sequence[int],
        reduction: int = 4,
        zero_init_up: bool = False,
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.ModuleList(Adapter(dim, reduction, zero_init_up) for _ in range(length))
            for dim, length in zip(dims, lengths, strict=True)
        )
        self.carries = nn.ModuleList(Carry(*widths) for widths in pairwise(dims))

    def forward(self, stages_of_tokens: Sequence[Sequence[Tensor]]) -> list[Tensor]:
        """Return R (B,h,w,D) at the end of every stage, of that stage's Z_l each."""
        ends: list[Tensor] = []
        for index, (tokens, adapters) in enumerate(zip(stages_of_tokens, self.stages, strict=True)):
            before = self.carries[index - 1](ends[-1]) if ends else None
            ends.append(adapter_path(tokens, list(adapters), before)[-1])
        return ends
