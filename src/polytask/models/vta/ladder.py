"""The adapters beside the blocks of a backbone: each also hears what the one before it said.

Shapes: B images, h w tokens, D width, C of a task's condition.
"""

from collections.abc import Mapping
from itertools import pairwise

from torch import Tensor, nn

from polytask.models.vta.adapter import AdapterLayer
from polytask.models.vta.config import AdapterConfig
from polytask.models.vta.frozen import Place
from polytask.models.vta.resampling import Merging


class Ladder(nn.Module):
    """Adapters that all tasks share, with skip connections from each to the next (VTA, Figure 3).

    The windows of every second one are shifted. Nothing goes back into the backbone.
    """

    def __init__(self, config: AdapterConfig, places: Mapping[str, Place]) -> None:
        super().__init__()
        self.names, rungs = tuple(places), list(places.values())
        self.adapters = nn.ModuleList(
            AdapterLayer(config, place.dim, place.num_heads, shifted=index % 2 == 1)
            for index, place in enumerate(rungs)
        )
        self.carries = nn.ModuleList(carry(*pair) for pair in pairwise(rungs))

    def forward(self, maps: Mapping[str, Tensor], condition_C: Tensor | None) -> dict[str, Tensor]:
        """Return what each adapter says for the task of this condition, (B,D,h,w) by block."""
        said: dict[str, Tensor] = {}
        tokens = maps[self.names[0]].permute(0, 2, 3, 1)
        for index, name in enumerate(self.names):
            output = self.adapters[index](tokens, condition_C)
            said[name] = output.permute(0, 3, 1, 2)
            if index < len(self.carries):
                ahead = maps[self.names[index + 1]].permute(0, 2, 3, 1)
                tokens = ahead + self.carries[index](output)
        return said


def carry(start: Place, end: Place) -> nn.Module:
    """What brings an adapter's output to the size of the next one's input."""
    if (start.dim, start.stride) == (end.dim, end.stride):
        return nn.Identity()
    return Merging(start.dim, end.dim, end.stride // start.stride)
