"""What Fisher merging and RegMean ask of each task: measured on its own model and examples."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from polytask.errors import UserError

Example = TypeVar("Example")

NUM_EXAMPLES = 256
"""How many examples are measured, as in fusion-bench."""

NO_EXAMPLES = "nothing to measure: the data has no examples"


def fisher_diagonal(
    encoder: nn.Module,
    examples: Iterable[Example],
    loss: Callable[[Example], Tensor],
    num_examples: int = NUM_EXAMPLES,
) -> dict[str, Tensor]:
    """Return E[(d loss / d theta)^2] of each parameter of `encoder`, by its key, in float32.

    Each example is a batch of one; `loss` gives its supervised loss (a scalar) through the
    encoder, which is in eval mode. Labels stand for the model's own predictions (the empirical
    Fisher), since regression has no class probabilities. Raises UserError without examples.
    """
    parameters = dict(encoder.named_parameters())
    values = tuple(parameters.values())
    means = {k: torch.zeros_like(p, dtype=torch.float32) for k, p in parameters.items()}
    count = 0
    for count, example in enumerate(islice(examples, num_examples), 1):
        gradients = torch.autograd.grad(loss(example), values, materialize_grads=True)
        for mean, gradient in zip(means.values(), gradients, strict=True):
            mean += (gradient.float().square() - mean) / count
    if not count:
        raise UserError(NO_EXAMPLES)
    return {key: mean.cpu() for key, mean in means.items()}


@torch.no_grad()
def input_grams(
    encoder: nn.Module,
    examples: Iterable[Example],
    forward: Callable[[Example], Any],
    num_examples: int = NUM_EXAMPLES,
) -> dict[str, Tensor]:
    """Return X^T X / N (in, in) of the inputs X (N, in) of each linear layer that `forward` runs.

    By the key of the layer's weight; summed in float64, returned in float32. Each example is a
    batch of one. Divided by N, so that the sizes of tasks' data do not weigh. Raises UserError
    without examples.
    """
    sums: dict[str, Tensor] = {}
    num_rows: Counter[str] = Counter()

    def add(key: str, _: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        rows_ND = inputs[0].flatten(0, -2).double()
        sums[key] = sums.get(key, 0) + rows_ND.T @ rows_ND
        num_rows[key] += len(rows_ND)

    layers = [each for each in encoder.named_modules() if isinstance(each[1], nn.Linear)]
    hooks = [m.register_forward_pre_hook(partial(add, f"{name}.weight")) for name, m in layers]
    try:
        for example in islice(examples, num_examples):
            forward(example)
    finally:
        for hook in hooks:
            hook.remove()
    if layers and not sums:
        raise UserError(NO_EXAMPLES)
    return {key: (total / num_rows[key]).float().cpu() for key, total in sums.items()}
