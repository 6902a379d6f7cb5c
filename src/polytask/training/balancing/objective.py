"""The multi-task objective with learnt weights, and what of it belongs into a checkpoint."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from polytask.models.multitask import MultiTaskModel, Outputs
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.gradnorm import GradNorm
from polytask.training.balancing.troa import Troa, shared_weights
from polytask.training.objectives import MultiTaskObjective
from polytask.training.state_files import State


class Balancing(Protocol):
    """What turns T losses into one, and says the weights (T,) that it gave them."""

    def __call__(self, losses: list[Tensor], model: nn.Module) -> tuple[Tensor, Tensor]: ...

    def after_step(self, losses_again: Callable[[], list[Tensor]]) -> None: ...

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


Draws = tuple[torch.device, Tensor, Tensor | None]
"""A device and the states of torch's generators."""


def build_balancing(
    config: BalancingConfig, num_tasks: int, device: torch.device,
    layer: Callable[[Any], list[Tensor]] = shared_weights,
) -> Balancing:  # fmt: skip
    """The balancing of so many tasks that `config` names, any but `fixed`.

    `layer` gives the weights that all tasks share, or the last of them.
    """
    if config.method == "famo":  # imports are late where they are of torchjd and slow
        from polytask.training.balancing.famo import Famo

        return Famo(num_tasks, device, **config.options)
    if config.method == "gradnorm":
        return GradNorm(num_tasks, device, layer=layer, **config.options)
    if config.method == "troa":
        return Troa(num_tasks, device, layer=layer, **config.options)
    from polytask.training.balancing.aggregators import Aggregated

    return Aggregated(config.method, **config.options)


class BalancedObjective(MultiTaskObjective):
    """gamma L_distill + the balanced w_t L_t; the distillation loss stays outside of the balance.

    The balancing takes the place of the sum over tasks, and reports its weights as `weight_TASK`.
    """

    def __init__(self, *arguments: Any, balancing: Balancing) -> None:
        super().__init__(*arguments)
        self.balancing = balancing

    def outputs_and_parts(
        self, model: MultiTaskModel, batch: Mapping[str, Any]
    ) -> tuple[Outputs, dict[str, Tensor]]:
        self.draws = generators(batch["image"].device)
        return super().outputs_and_parts(model, batch)

    def balanced(
        self, model: MultiTaskModel, total: Tensor, per_task: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        total, used_T = self.balancing(self._weighted(per_task), model)
        names = [f"weight_{task}" for task in per_task]
        return total, dict(zip(names, used_T, strict=True))

    def after_step(self, model: MultiTaskModel, batch: Mapping[str, Any]) -> None:
        """What the balancing learns from a step that was made on `batch`."""

        def losses() -> list[Tensor]:
            *_, per_task = self.losses_of(model, batch)
            return self._weighted(per_task)

        self.balancing.after_step(losses_again(model, losses, self.draws))

    def _weighted(self, per_task: Mapping[str, Tensor]) -> list[Tensor]:
        return [self.task_weights[task] * loss for task, loss in per_task.items()]

    def state(self) -> State:
        return self.balancing.state()

    def restore(self, state: State) -> None:
        self.balancing.restore(state)


def losses_again(
    model: nn.Module, losses: Callable[[], list[Tensor]], draws: Draws
) -> Callable[[], list[Tensor]]:
    """The `losses` of a batch once more, by the random numbers that it had before."""

    def again() -> list[Tensor]:
        with torch.no_grad(), _as_before(draws), _unmoved(model):
            return losses()

    return again


def generators(device: torch.device) -> Draws:
    """The states of torch's generators."""
    on_gpu = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return device, torch.get_rng_state(), on_gpu


@contextmanager
def _as_before(draws: Draws) -> Iterator[None]:
    """Within the block random numbers are drawn from these states; afterwards as if none were."""
    device, cpu, on_gpu = draws
    with torch.random.fork_rng([] if on_gpu is None else [device]):
        torch.set_rng_state(cpu)
        if on_gpu is not None:
            torch.cuda.set_rng_state(on_gpu, device)
        yield


@contextmanager
def _unmoved(model: nn.Module) -> Iterator[None]:
    """After the block running statistics are what they were."""
    before = [buffer.clone() for buffer in model.buffers()]
    try:
        yield
    finally:
        for buffer, value in zip(model.buffers(), before, strict=True):
            buffer.copy_(value)
