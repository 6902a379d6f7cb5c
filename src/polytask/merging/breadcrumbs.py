"""Model breadcrumbs: leave out the largest and the smallest changes (Davari, Belilovsky, 2024)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.merging.task_vectors import Scale, Weights, merge


def breadcrumbs(
    base: Weights,
    models: Sequence[Weights],
    scale: float | Scale = 0.3,
    *,
    smallest: float = 0.85,
    largest: float = 0.01,
) -> dict[str, Tensor]:
    """Return theta_0 + alpha sum_t m_t tau_t; m_t leaves out these shares of each tensor's entries.

    Raises UserError where the two shares leave nothing.
    """
    if min(smallest, largest) < 0 or smallest + largest >= 1:
        raise UserError(f"breadcrumbs: leaving out {smallest} and {largest} keeps nothing")

    def combine(_: str, vectors_T: Tensor) -> Tensor:
        return torch.stack([middle(vector, smallest, largest) for vector in vectors_T]).sum(dim=0)

    return merge(base, models, combine, scale)


def middle(vector: Tensor, smallest: float, largest: float) -> Tensor:
    """`vector` with zeros for these shares of its entries, by size."""
    order = vector.abs().flatten().argsort()
    kept = torch.zeros_like(order, dtype=torch.bool)
    kept[order[int(smallest * len(order)) : len(order) - int(largest * len(order))]] = True
    return vector * kept.view_as(vector)
