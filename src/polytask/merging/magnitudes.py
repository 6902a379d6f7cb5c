"""The size from which on an entry is among the largest: exact, one model in memory at a time."""

import numpy as np
import torch
from torch import Tensor

from polytask.merging.task_vectors import Weights, task_vectors


def smallest_kept(vector: Tensor, density: float) -> float:
    """The (k+1)-th largest |entry| of `vector` (any shape), k = int(density x entries).

    One more than k, as in the original TIES; all entries where the density is 1.
    """
    return _smallest_kept(vector.abs().flatten().numpy(), density)


def smallest_kept_of_model(base: Weights, model: Weights, density: float) -> float:
    """The same over all tensors of theta_t - theta_0 together."""
    sizes = np.empty(sum(base[key].numel() for key in base), np.float32)
    end = 0
    for key in base:
        vector = task_vectors(base, [model], key).flatten()
        torch.abs(vector, out=torch.from_numpy(sizes[end : end + vector.numel()]))
        end += vector.numel()
    return _smallest_kept(sizes, density)


def _smallest_kept(sizes: np.ndarray, density: float) -> float:
    """Reorders `sizes`."""
    place = max(sizes.size - int(density * sizes.size) - 1, 0)
    sizes.partition(place)
    return float(sizes[place])
