"""TROA: tasks weigh each other by the cosines of their gradients.

Bhattacharjee, Suesstrunk, Salzmann: Vision Transformer Adapters for Generalizable Multitask
Learning, ICCV 2023 (VTA). Shapes: N tasks, P shared weights.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from polytask.affinity.cosines import cosines
from polytask.affinity.mirror_descent import mirror_descent, uniform
from polytask.training.balancing.gradients import jacobian, per_task
from polytask.training.balancing.gradnorm import last_shared_layer
from polytask.training.state_files import State


@runtime_checkable
class Sharing(Protocol):
    """A model that says itself which trained weights all its tasks share."""

    def shared_parameters(self) -> list[Tensor]: ...


def shared_weights(model: Any) -> list[Tensor]:
    """What the model says that its tasks share; else the last block that heads read."""
    if isinstance(model, Sharing):
        return list(model.shared_parameters())
    return last_shared_layer(model)


class Troa:
    """Alternating minimisation (VTA, Algorithm 1): `every` steps of the optimiser, one update.

    The loss is sum_n w_n L_n with w_n = sum_t omega_tn: all target tasks' objectives at once, so
    that the w_n sum to N. They start at 1. The last of `every` steps also compares the gradients
    of the N losses by the weights that `layer` gives, on the same graph; omega moves after that
    step, and a model with a buffer `affinities` (N,N) is given it.
    """

    def __init__(
        self,
        num_tasks: int,
        device: torch.device,
        rule: str = "tawt",
        step_size: float = 1.0,
        every: int = 20,
        layer: Callable[[nn.Module], list[Tensor]] = shared_weights,
    ) -> None:
        self.affinities_NN = uniform(num_tasks).to(device)
        self.cosines_NN: Tensor | None = None  # of the last update
        self.rule, self.step_size, self.every, self.layer = rule, step_size, every, layer
        self.steps = 0
        self.reader: Tensor | None = None

    def __call__(self, losses: list[Tensor], model: nn.Module) -> tuple[Tensor, Tensor]:
        """The sum of w_n L_n and the w_n."""
        used_N = self.affinities_NN.sum(dim=0)
        self.steps += 1
        if self.steps % self.every == 0:
            self._update(losses, self.layer(model))
        self.reader = getattr(model, "affinities", None)
        return (used_N * torch.stack(losses)).sum(), used_N

    @torch.no_grad()
    def after_step(self, losses_again: Callable[[], list[Tensor]]) -> None:
        """Let the model have the affinities: not before, its backward pass needs the old ones."""
        del losses_again
        if self.reader is not None:
            self.reader.copy_(self.affinities_NN)

    def _update(self, losses: list[Tensor], layer: list[Tensor]) -> None:
        found, _ = per_task(losses, layer)
        self.cosines_NN = cosines(jacobian(found, layer, range(len(layer))).float())
        self.affinities_NN = mirror_descent(
            self.affinities_NN, self.cosines_NN, self.step_size, self.rule
        )

    def state(self) -> State:
        return {
            "steps": self.steps, "affinities": self.affinities_NN, "cosines": self.cosines_NN,
        }  # fmt: skip

    def restore(self, state: State) -> None:
        device = self.affinities_NN.device
        self.steps, self.affinities_NN = state["steps"], state["affinities"].to(device)
        self.cosines_NN = None if state["cosines"] is None else state["cosines"].to(device)
