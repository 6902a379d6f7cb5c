"""DARE: drop entries of the task vectors at random and rescale the others (Yu et al., 2024)."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.merging.task_vectors import Scale, Weights, merge


def dare(
    base: Weights,
    models: Sequence[Weights],
    scale: float | Scale = 0.3,
    *,
    drop: float = 0.5,
    seed: int = 0,
) -> dict[str, Tensor]:
    """Return theta_0 + alpha sum_t DARE(tau_t); raises UserError unless 0 <= drop < 1."""
    if not 0 <= drop < 1:
        raise UserError(f"dare: drop is {drop}; give a share of the entries in 0 <= drop < 1")

    def combine(key: str, vectors_T: Tensor) -> Tensor:
        return torch.stack(
            [dropped(v, drop, generator(seed, key, task)) for task, v in enumerate(vectors_T)]
        ).sum(dim=0)

    return merge(base, models, combine, scale)


def dropped(vector: Tensor, drop: float, random: torch.Generator) -> Tensor:
    """Zero each entry with probability p, and divide by 1 - p: the mean stays what it was."""
    kept = torch.rand(vector.shape, generator=random) >= drop
    return vector * kept / (1 - drop)


def generator(seed: int, key: str, task: int) -> torch.Generator:
    """Randomness as a function of (seed, tensor, task), in whatever order tensors come."""
    digest = hashlib.sha256(f"{seed} {key} {task}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7]))
