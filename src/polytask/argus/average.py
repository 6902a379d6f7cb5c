"""An exponential moving average of the weights that are trained (Argus, Table 3)."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from polytask.training.data_parallel import Objective, Parts
from polytask.training.state import Learning
from polytask.training.state_files import State


def decay_at(step: int, decay: float) -> float:
    """The share that is kept of the average: it grows to `decay`, so that short runs forget too.

    Not in the paper: min(decay, (1 + n) / (10 + n)) after n steps.
    """
    return min(decay, (1 + step) / (10 + step))


class AveragedWeights:
    """An objective beside which the weights are averaged: a <- d a + (1 - d) w after each step.

    `into(model)` puts the averages in the place of the weights.
    """

    def __init__(self, objective: Objective, model: nn.Module, decay: float) -> None:
        self.objective, self.decay, self.steps = objective, decay, 0
        self.names = [name for name, p in model.named_parameters() if p.requires_grad]
        self.averages = [value.detach().clone() for value in self._weights(model)]

    def __call__(self, model: nn.Module, batch: Mapping[str, Any]) -> Parts:
        return self.objective(model, batch)

    @torch.no_grad()
    def after_step(self, model: nn.Module, batch: Mapping[str, Any]) -> None:
        if isinstance(self.objective, Learning):
            self.objective.after_step(model, batch)
        weight = 1 - decay_at(self.steps, self.decay)
        torch._foreach_lerp_(self.averages, self._weights(model), weight)
        self.steps += 1

    @torch.no_grad()
    def into(self, model: nn.Module) -> None:
        """Let `model` have the averages."""
        for weight, average in zip(self._weights(model), self.averages, strict=True):
            weight.copy_(average)

    def state(self) -> State:
        of_objective = self.objective.state() if isinstance(self.objective, Learning) else {}
        averages = dict(zip(self.names, self.averages, strict=True))
        return {"steps": self.steps, "averages": averages, "objective": of_objective}

    def restore(self, state: State) -> None:
        self.steps = state["steps"]
        for name, average in zip(self.names, self.averages, strict=True):
            average.copy_(state["averages"][name])
        if isinstance(self.objective, Learning):
            self.objective.restore(state["objective"])

    def _weights(self, model: nn.Module) -> list[Tensor]:
        found = dict(model.named_parameters())
        return [found[name].detach() for name in self.names]
