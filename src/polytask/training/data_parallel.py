"""An objective on this process's share of a batch, its gradients those of the whole batch."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from polytask.across_processes import Processes

Parts = dict[str, Tensor]
Objective = Callable[[nn.Module, Mapping[str, Any]], Parts]


def shared(model: nn.Module, objective: Objective, processes: Processes) -> Callable[..., Parts]:
    """The objective of `model` as a function of a batch's share; with one process just that.

    With several its backward pass averages gradients over them, beside the computation. Weights
    that it does not use, in every step the same ones, get no gradient, as with one process.
    """
    if processes.world_size == 1:
        return partial(objective, model)
    return _Averaged(
        _Step(model, objective),
        forward_sync_buffers=False,  # they are the same already
        gradient_as_bucket_view=True,
        static_graph=True,
    )


def without_averaging(step: Callable[..., Parts]) -> contextlib.AbstractContextManager:
    """Within the block gradients of `step` stay in this process: a later one averages them, too."""
    if isinstance(step, _Averaged) and step.knows_the_graph:
        return step.no_sync()
    return contextlib.nullcontext()


class _Averaged(DistributedDataParallel):
    """Learns in its first pass, which has to average, which weights have gradients."""

    knows_the_graph = False

    def forward(self, batch: Mapping[str, Any]) -> Parts:
        parts = super().forward(batch)
        self.knows_the_graph = True
        return parts


class _Step(nn.Module):
    """The objective as a module of which only the model's weights are part."""

    def __init__(self, model: nn.Module, objective: Objective) -> None:
        super().__init__()
        self.model = model
        self.parts = partial(objective, model)

    def forward(self, batch: Mapping[str, Any]) -> Parts:
        """Only the loss keeps its graph: all weights that it hangs on are awaited, no others."""
        parts = self.parts(batch)
        return {key: part if key == "loss" else part.detach() for key, part in parts.items()}
