"""The gradient of each task's loss, as that of the whole batch in every process.

Shapes: T tasks, P weights.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from polytask.across_processes import mean


def per_task(
    losses: Sequence[Tensor], weights: Sequence[Tensor]
) -> tuple[list[tuple[Tensor | None, ...]], list[int]]:
    """Each task's gradients by `weights`, and the indices of the weights that tasks share.

    Nothing is added to any `.grad`; the graph of the losses stays. A weight is shared that the
    losses of two tasks or more hang on: of losses cut from one tensor each would hang on all.
    """
    found = [
        torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True) for loss in losses
    ]
    shared = [
        n for n in range(len(weights)) if sum(of_task[n] is not None for of_task in found) > 1
    ]
    return found, shared


def jacobian(
    found: Sequence[Sequence[Tensor | None]], weights: Sequence[Tensor], which: Sequence[int]
) -> Tensor:
    """Gradients `found` by the weights number `which` as rows (T,P), means over the processes."""
    rows = [
        torch.cat([_or_zeros(of_task[n], weights[n]).flatten() for n in which]) for of_task in found
    ]
    return mean(torch.stack(rows))


def _or_zeros(gradient: Tensor | None, weight: Tensor) -> Tensor:
    return torch.zeros_like(weight) if gradient is None else gradient
