"""TIES: trim, elect a sign, merge what agrees with it (Yadav et al., 2023)."""

from collections.abc import Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor

from polytask.merging.magnitudes import smallest_kept, smallest_kept_of_model
from polytask.merging.task_vectors import (
    Scale,
    Weights,
    check_alike,
    merge,
    task_vectors,
)

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
    later code does.
    """
    check_alike(base, models)
    bounds = smallest_kept_by_key(base, models, density, trim)
    majority = majority_sign(
        vote(trimmed(task_vectors(base, models, key), bounds[key])) for key in base
    )

    def combine(key: str, vectors_T: Tensor) -> Tensor:
        kept_T = trimmed(vectors_T, bounds[key])
        return agreeing(kept_T, elected_sign(vote(kept_T), majority), total)

    return merge(base, models, combine, scale)


def smallest_kept_by_key(
    base: Weights, models: Sequence[Weights], density: float, trim: Trim
) -> dict[str, tuple[float, ...]]:
    """The size from which on each task's entries are kept, for each tensor."""
    if trim == "global":
        of_models = tuple(smallest_kept_of_model(base, model, density) for model in models)
        return dict.fromkeys(base, of_models)
    return {
        key: tuple(smallest_kept(v, density) for v in task_vectors(base, models, key))
        for key in base
    }


def trimmed(vectors_T: Tensor, smallest: Sequence[float]) -> Tensor:
    """The task vectors (T, ...) with zeros where they are smaller than each task's bound."""
    bounds_T = torch.tensor(smallest).view(-1, *[1] * (vectors_T.ndim - 1))
    return torch.where(vectors_T.abs() >= bounds_T, vectors_T, 0)


def vote(vectors_T: Tensor) -> Tensor:
    """The sign (...) of the sum over tasks of (T, ...); zero for an exact tie."""
    return vectors_T.sum(dim=0).sign()


def majority_sign(votes: Iterable[Tensor]) -> int:
    """The sign of most votes of all tensors; -1 where even these tie, as in the original code."""
    return 1 if sum(int(each.sum(dtype=torch.int64)) for each in votes) > 0 else -1


def elected_sign(votes: Tensor, majority: int) -> Tensor:
    """The votes, ties decided by the majority of the whole model."""
    return votes.masked_fill(votes == 0, majority)


def agreeing(vectors_T: Tensor, sign: Tensor, total: Total = "mean") -> Tensor:
    """Mean or sum over tasks of the entries that have this sign; zero where none has."""
    agree_T = vectors_T * sign > 0
    summed = torch.where(agree_T, vectors_T, 0).sum(dim=0)
    if total == "sum":
        return summed
    return summed / agree_T.sum(dim=0, dtype=torch.float32).clamp(min=1)
