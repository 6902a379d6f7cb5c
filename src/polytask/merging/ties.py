"""TIES: trim, elect a sign, merge what agrees with it (Yadav et al., 2023)."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from polytask.merging.magnitudes import smallest_kept, smallest_kept_of_model
from polytask.merging.task_vectors import Scale, Weights, check_alike, merge

Trim = Literal["global", "per_tensor"]
Total = Literal["mean", "sum"]


def ties(
    base: Weights,
    models: Sequence[Weights],
    scale: float | Scale = 1.0,
    *,
    density: float = 0.2,
    trim: Trim = "global",
    total: Total = "mean",
) -> dict[str, Tensor]:
    """Return theta_0 + alpha TIES(tau_1, ..., tau_T).

    Each task vector keeps its `density` largest entries: of the whole model ("global", as the
    original) or of each tensor. What agrees with the elected sign is averaged, or summed as some
    later code does. An exact tie gives zero, where the original takes the majority of all signs.
    """
    check_alike(base, models)
    whole = trim == "global"
    smallest = [smallest_kept_of_model(base, m, density) for m in models] if whole else None

    def combine(_: str, vectors_T: Tensor) -> Tensor:
        bounds = smallest or [smallest_kept(vector, density) for vector in vectors_T]
        trimmed_T = torch.stack([trimmed(*each) for each in zip(vectors_T, bounds, strict=True)])
        return agreeing(trimmed_T, elected_sign(trimmed_T), total)

    return merge(base, models, combine, scale)


def trimmed(vector: Tensor, smallest: float) -> Tensor:
    """`vector` with zeros where its size is below `smallest`."""
    return torch.where(vector.abs() >= smallest, vector, 0)


def elected_sign(vectors_T: Tensor) -> Tensor:
    """The sign (...) of the sum over tasks of (T, ...)."""
    return vectors_T.sum(dim=0).sign()


def agreeing(vectors_T: Tensor, sign: Tensor, total: Total = "mean") -> Tensor:
    """Mean or sum over tasks of the entries that have this sign; zero where none has."""
    agree_T = vectors_T * sign > 0
    summed = torch.where(agree_T, vectors_T, 0).sum(dim=0)
    return summed if total == "sum" else summed / agree_T.sum(dim=0).clamp(min=1)
