"""Fisher merging: a mean of the weights, each weighted by how much its task depends on it."""

from collections.abc import Sequence

from torch import Tensor

from polytask.merging.task_vectors import Weights, check_alike

SMALLEST = 1e-6
"""Lower bound of a Fisher value, so that an entry that no task uses is the plain mean."""


def fisher_merging(
    base: Weights, models: Sequence[Weights], fishers: Sequence[Weights]
) -> dict[str, Tensor]:
    """Return sum_t F_t theta_t / sum_t F_t, entry by entry (Matena and Raffel, 2022).

    `fishers` are the diagonals E[(d loss / d theta)^2], with the keys and shapes of the models.
    Each is divided by its norm first, so that the scale of a task's loss does not weigh.
    """
    check_alike(base, models)
    check_alike(base, fishers)
    norms = [norm(fisher) for fisher in fishers]
    merged = {}
    for key in base:
        weighted = total = 0.0
        for model, fisher, size in zip(models, fishers, norms, strict=True):
            weight = (fisher[key].float() / size).clamp(min=SMALLEST)
            weighted, total = weighted + weight * model[key].float(), total + weight
        merged[key] = (weighted / total).to(base[key].dtype)
    return merged


def norm(weights: Weights) -> float:
    """The Euclidean norm over all tensors together; 1 where all are zero."""
    return sum(float(weights[key].double().square().sum()) for key in weights) ** 0.5 or 1.0
