"""TALL masks: which entries of the merged vector a task needs; Consensus (Wang et al., 2024)."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from polytask.merging.task_vectors import Scale, Weights, merge

THRESHOLDS = tuple(number / 10 for number in range(2, 21, 2))
"""The lambdas that the authors try for each task: 0.2, 0.4, ..., 2."""


def tall_mask(vector: Tensor, merged_vector: Tensor, threshold: float) -> Tensor:
    """m_t = |tau_t| > lambda |tau_merged - tau_t|: where the merged vector still speaks of t."""
    return vector.abs() > threshold * (merged_vector - vector).abs()


def tall_mask_model(
    base: Weights, models: Sequence[Weights], task: int, *, threshold: float = 0.4
) -> dict[str, Tensor]:
    """Return theta_0 + m_t * sum_s tau_s, the encoder of one task out of the merged one.

    `task` counts from 0. Every task's encoder comes from one vector and one bit per entry.
    """

    def localised(_: str, vectors_T: Tensor) -> Tensor:
        merged_vector = vectors_T.sum(dim=0)
        return merged_vector * tall_mask(vectors_T[task], merged_vector, threshold)

    return merge(base, models, localised, 1.0)


def best_thresholds(
    tasks: Iterable[str],
    score: Callable[[str, float], float],
    candidates: Sequence[float] = THRESHOLDS,
) -> dict[str, float]:
    """Return each task's own lambda: that of the highest score, of equal ones the first.

    `score(task, threshold)` is the task's result on validation data under `tall_mask_model`.
    """
    return {task: max(candidates, key=lambda each: score(task, each)) for task in tasks}


def consensus(
    base: Weights,
    models: Sequence[Weights],
    scale: float | Scale = 0.3,
    *,
    threshold: float = 0.4,
    agreeing: int = 2,
) -> dict[str, Tensor]:
    """Return theta_0 + alpha sum_t tau_t, only where at least `agreeing` tasks' masks are set."""

    def combine(_: str, vectors_T: Tensor) -> Tensor:
        merged_vector = vectors_T.sum(dim=0)
        masks_T = torch.stack([tall_mask(v, merged_vector, threshold) for v in vectors_T])
        return merged_vector * (masks_T.sum(dim=0) >= agreeing)

    return merge(base, models, combine, scale)
