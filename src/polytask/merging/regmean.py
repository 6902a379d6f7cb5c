"""RegMean: the linear layers whose outputs come nearest to every model's own (Jin et al., 2023)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from polytask.merging.task_vectors import Weights, check_alike

OFF_DIAGONAL = 0.9
"""Factor of the entries off the diagonal, which keeps the sum of Gram matrices invertible."""


def regmean(
    base: Weights,
    models: Sequence[Weights],
    grams: Sequence[Mapping[str, Tensor]],
    *,
    off_diagonal: float = OFF_DIAGONAL,
) -> dict[str, Tensor]:
    """Return W = (sum_t W_t G_t) (sum_t G_t)^-1 for linear weights, the plain mean for all else.

    `grams` hold G_t = X^T X (in, in) of the inputs X (N, in) of each linear layer, by the key of
    its weight (out, in).
    """
    check_alike(base, models)
    merged = {}
    for key in base:
        weights = [model[key].float() for model in models]
        if key in grams[0]:
            shrunk = [shrink(gram[key].float(), off_diagonal) for gram in grams]
            products = [w @ g for w, g in zip(weights, shrunk, strict=True)]
            value = torch.linalg.solve(sum(shrunk), sum(products), left=False)
        else:
            value = torch.stack(weights).mean(dim=0)
        merged[key] = value.to(base[key].dtype)
    return merged


def shrink(gram: Tensor, off_diagonal: float) -> Tensor:
    """Scale what is off the diagonal of (n, n)."""
    return off_diagonal * gram + (1 - off_diagonal) * torch.diag(gram.diagonal())
