"""LiNeS: a scale that grows with depth, since early layers are shared (Wang et al., 2024)."""

import re
from collections.abc import Sequence

from polytask.merging.task_vectors import Scale, Weights, task_vectors

BLOCK = re.compile(r"(?:^|\.)blocks\.(\d+)\.")


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

    `merged` is what a method gave at alpha 1.
    """
    summed = of_merged = 0.0
    for key in base:
        vectors_T = task_vectors(base, [*models, merged], key)
        summed += float(vectors_T[:-1].sum(dim=0).abs().sum())
        of_merged += float(vectors_T[-1].abs().sum())
    return summed / of_merged / len(models)
