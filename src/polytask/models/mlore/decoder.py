"""MLoRE between fusion and heads: levels of maps become one map per task.

Shapes: B images, C channels, D width of a level, L levels, h w of a map.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from polytask.models.heads import resize
from polytask.models.mlore.config import MloreConfig
from polytask.models.mlore.module import MixtureOfLowRankExperts
from polytask.models.norms import WholeBatchNorm2d


class MloreDecoder(nn.Module):
    """Modules in a row on every level, shared by the tasks; then a task's own choice of levels.

    `dims` are the levels' widths. Levels of several sizes end on the grid of the first one. A task
    is decoded from its own fused maps, whatever other tasks are asked for (MLoRE, Figure 2).
    """

    def __init__(self, config: MloreConfig, dims: Sequence[int], tasks: Iterable[str]) -> None:
        super().__init__()
        tasks, modules = tuple(tasks), range(config.num_modules)
        self.enter = nn.ModuleList(nn.Conv2d(dim, config.width, 1) for dim in dims)
        self.levels = nn.ModuleList(
            nn.ModuleList(MixtureOfLowRankExperts(config, tasks) for _ in modules) for _ in dims
        )
        self.fusions = nn.ModuleDict({t: LevelFusion(config.width, len(dims)) for t in tasks})

    def forward(self, levels_BDhw: Sequence[Tensor], task: str) -> list[Tensor]:
        """Return the one map (B,C,h,w) that the task's head takes."""
        maps = []
        for level, enter, modules in zip(levels_BDhw, self.enter, self.levels, strict=True):
            decoded = enter(level)
            for module in modules:
                decoded = module(decoded, task)
            maps.append(resize(decoded, tuple(levels_BDhw[0].shape[-2:])))
        return [self.fusions[task](maps)]


class LevelFusion(nn.Module):
    """The sum of L maps by weights that a small network gives every position."""

    def __init__(self, width: int, num_levels: int) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            nn.Conv2d(width * num_levels, width, 1), WholeBatchNorm2d(width), nn.GELU(),
            nn.Conv2d(width, num_levels, 3, padding=1),
        )  # fmt: skip

    def forward(self, maps_BChw: Sequence[Tensor]) -> Tensor:
        weights_BLhw = torch.softmax(self.weigh(torch.cat(list(maps_BChw), dim=1)), dim=1)
        return (torch.stack(list(maps_BChw), dim=1) * weights_BLhw[:, :, None]).sum(dim=1)
