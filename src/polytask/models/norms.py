"""Batch normalisation over the whole batch, however many processes share it.

Shapes: B images of this process, C channels, H W pixels.
"""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from polytask.across_processes import mean, processes
from polytask.errors import UserError


class WholeBatchNorm2d(nn.BatchNorm2d):
    """BatchNorm2d with mean and variance of the whole batch, as if one process had seen it.

    torch's SyncBatchNorm does the same on GPUs only.
    """

    def forward(self, maps_BCHW: Tensor) -> Tensor:
        if processes().world_size == 1 or not self.training:
            return super().forward(maps_BCHW)
        return self._forward_in_several(maps_BCHW)

    @torch.compiler.disable  # processes wait for each other in it
    def _forward_in_several(self, maps_BCHW: Tensor) -> Tensor:
        values = maps_BCHW.float()
        center = mean(values.mean(dim=(0, 2, 3)))
        centred = values - center[:, None, None]
        variance = mean(centred.square().mean(dim=(0, 2, 3)))
        self._follow(center, variance, processes().world_size * values[:, 0].numel())
        scale = self.weight * (variance + self.eps).rsqrt()
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(maps_BCHW.dtype)

    @torch.no_grad()
    def _follow(self, center: Tensor, variance: Tensor, num_values: int) -> None:
        """Let the running statistics follow those of a batch, its variance without bias."""
        self.num_batches_tracked += 1
        self.running_mean.lerp_(center, self.momentum)
        self.running_var.lerp_(variance * num_values / (num_values - 1), self.momentum)


def use_whole_batch_norms(model: nn.Module) -> None:
    """Let the batch norms that train see the whole batch, in place; names and weights stay.

    Raises UserError for a kind that several processes cannot share.
    """
    for name, module in list(model.named_modules()):
        for key, child in module.named_children():
            if not child.training or not isinstance(child, _BatchNorm) or _is_whole(child):
                continue
            if type(child) is not nn.BatchNorm2d or not child.affine or child.momentum is None:
                raise UserError(
                    f"{name}.{key}: each process would normalise its own images by this "
                    f"{type(child).__name__}; train in one process, or use a BatchNorm2d with "
                    "weights and a momentum"
                )
            setattr(module, key, _whole(child))


def _is_whole(norm: _BatchNorm) -> bool:
    return isinstance(norm, WholeBatchNorm2d | nn.SyncBatchNorm)


def _whole(norm: nn.BatchNorm2d) -> WholeBatchNorm2d:
    """The same layer, its parameters and statistics included."""
    whole = WholeBatchNorm2d(norm.num_features, norm.eps, norm.momentum)
    for key, value in (norm._parameters | norm._buffers).items():
        setattr(whole, key, value)
    return whole.train(norm.training)
