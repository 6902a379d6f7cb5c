"""One MLoRE module: what all tasks share, and what each has of its own.

Shapes: B images, N shared experts, C channels, h w of a map.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.models.mlore.config import MloreConfig
from polytask.models.mlore.experts import LowRankExperts, convolve_each
from polytask.models.mlore.router import TaskRouter
from polytask.models.norms import WholeBatchNorm2d


class TaskPath(nn.Module):
    """What a task alone has: its way in and out, its router, its low-rank expert, its norms."""

    def __init__(self, config: MloreConfig) -> None:
        super().__init__()
        width = config.width
        self.enter = nn.Conv2d(width, width, 1)
        self.router = TaskRouter(
            width, len(config.ranks), config.top_k, config.renormalise, config.positions
        )
        self.expert = LowRankExperts(width, [config.task_rank])
        self.experts_norm = WholeBatchNorm2d(width)
        self.norm = WholeBatchNorm2d(width)
        self.leave = nn.Conv2d(width, width, 1)


class MixtureOfLowRankExperts(nn.Module):
    """A generic convolution, shared experts by the task's gates, and the task's own expert, summed.

    No activation stands before the sum, so that in evaluation, without gradients, the three are one
    3x3 convolution per image (MLoRE, section 3); graphs that are traced for any number of images
    keep three. As in the official code a batch norm of the task follows the shared experts, and the
    generic path gives its input no gradient.
    """

    def __init__(self, config: MloreConfig, tasks: Iterable[str]) -> None:
        super().__init__()
        self.generic = nn.Conv2d(config.width, config.width, 3, padding=1)
        self.experts = LowRankExperts(config.width, config.ranks)
        self.tasks = nn.ModuleDict({task: TaskPath(config) for task in tasks})

    def forward(self, maps_BChw: Tensor, task: str) -> Tensor:
        """Return the task's map (B,C,h,w)."""
        own = self.tasks[task]
        maps = own.enter(maps_BChw)
        gates_BN, weight_B1 = own.router(maps)
        by_path = self.training or torch.is_grad_enabled() or torch.compiler.is_compiling()
        join = self.joined if by_path else self.joined_in_one
        return own.leave(F.gelu(own.norm(join(maps, task, gates_BN, weight_B1))))

    def joined(self, maps_BChw: Tensor, task: str, gates_BN: Tensor, weight_B1: Tensor) -> Tensor:
        """Return the sum of the three paths, path by path."""
        own = self.tasks[task]
        shared = own.experts_norm(self.experts(maps_BChw, gates_BN))
        return shared + own.expert(maps_BChw, weight_B1) + self.generic(maps_BChw.detach())

    def joined_in_one(
        self, maps_BChw: Tensor, task: str, gates_BN: Tensor, weight_B1: Tensor
    ) -> Tensor:
        """Return the same in evaluation, the paths re-parameterised to one convolution."""
        own = self.tasks[task]
        with torch.autocast(maps_BChw.device.type, enabled=False):
            scale, shift = affine_of(own.experts_norm)
            weights, biases = self.experts.kernels(gates_BN)
            own_weights, own_biases = own.expert.kernels(weight_B1)
            weights = weights * scale[:, None, None, None] + own_weights + self.generic.weight
            biases = biases * scale + shift + own_biases + self.generic.bias
        return convolve_each(maps_BChw, weights, biases)


def affine_of(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return scale and shift (C) that a batch norm is in evaluation."""
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return scale, norm.bias - norm.running_mean * scale
