"""Batch normalisation over the whole batch, however many processes share it.

Shapes: B images of this process, C channels, H W pixels.
"""

import torch
from torch import Tensor, nn

from polytask.across_processes import mean, processes


class WholeBatchNorm2d(nn.BatchNorm2d):
    """BatchNorm2d with mean and variance of the whole batch, as if one process had seen it.

    torch's SyncBatchNorm does the same on GPUs only.
    """

    def forward(self, maps_BCHW: Tensor) -> Tensor:
        world_size = processes().world_size
        if world_size == 1 or not self.training:
            return super().forward(maps_BCHW)
        values = maps_BCHW.float()
        center = mean(values.mean(dim=(0, 2, 3)))
        centred = values - center[:, None, None]
        variance = mean(centred.square().mean(dim=(0, 2, 3)))
        self._follow(center, variance, world_size * values[:, 0].numel())
        scale = self.weight * (variance + self.eps).rsqrt()
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(maps_BCHW.dtype)

    @torch.no_grad()
    def _follow(self, center: Tensor, variance: Tensor, num_values: int) -> None:
        """Let the running statistics follow those of a batch, its variance without bias."""
        self.num_batches_tracked += 1
        self.running_mean.lerp_(center, self.momentum)
        self.running_var.lerp_(variance * num_values / (num_values - 1), self.momentum)
