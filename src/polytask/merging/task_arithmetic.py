"""Task arithmetic: add the task vectors (Ilharco et al., 2023; SIMO, Sec. 3)."""

from collections.abc import Sequence

from torch import Tensor

from polytask.merging.task_vectors import Scale, Weights, merge


def task_arithmetic(
    base: Weights, models: Sequence[Weights], scale: float | Scale = 0.3
) -> dict[str, Tensor]:
    """Return theta_0 + alpha sum_t tau_t; alpha 1/T is the plain mean of the models."""
    return merge(base, models, lambda key, vectors: vectors.sum(dim=0), scale)
