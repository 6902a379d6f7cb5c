"""LiNeS: a scale that grows with depth, since early layers are shared (Wang et al., 2024)."""

import re
from collections.abc import Callable, Sequence

from torch import Tensor

from polytask.errors import UserError
from polytask.merging.task_vectors import Scale, Weights, task_vectors

BLOCK = re.compile(r"(?:^|\.)blocks\.(\d+)\.")

Method = Callable[[Weights, Sequence[Weights], float | Scale], dict[str, Tensor]]
"""A way to merge: the base, the models and alpha -> the merged weights."""


def grow_with_depth(
    method: Method,
    base: Weights,
    models: Sequence[Weights],
    *,
    deep: float,
    shallow: float | None = None,
) -> dict[str, Tensor]:
    """Merge by `method` with alpha from `shallow` (default: the official choice) to `deep`."""
    if shallow is None:
        shallow = shallow_scale(base, models, method(base, models, 1.0))
    return method(base, models, linear_in_depth(base, shallow, deep))


def block_of(key: str) -> int | None:
    """The transformer block that a parameter belongs to; None outside of the blocks."""
    found = BLOCK.search(key)
    return int(found[1]) if found else None


def linear_in_depth(base: Weights, shallow: float, deep: float) -> Scale:
    """alpha_l = shallow + (deep - shallow) l / (L - 1) for block l of L, `shallow` elsewhere."""
    blocks = [block for key in base if (block := block_of(key)) is not None]
    last = max(blocks, default=0)

    def scale(key: str) -> float:
        return shallow + (deep - shallow) * (block_of(key) or 0) / max(last, 1)

    return scale


def shallow_scale(base: Weights, models: Sequence[Weights], merged: Weights) -> float:
    """The official choice of `shallow`: (||sum_t tau_t||_1 / ||tau_merged||_1) / T.

    `merged` is what a method gave at alpha 1. Raises UserError where that is the base itself.
    """
    summed = of_merged = 0.0
    for key in base:
        vectors_T = task_vectors(base, [*models, merged], key)
        summed += float(vectors_T[:-1].sum(dim=0).abs().sum())
        of_merged += float(vectors_T[-1].abs().sum())
    if not of_merged:
        raise UserError("the merged vector is zero, so that no scale follows from it: give one")
    return summed / of_merged / len(models)
