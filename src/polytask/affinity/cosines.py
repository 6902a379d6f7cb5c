"""How alike the gradients of tasks are. Shapes: N tasks, P shared weights."""

import torch
from torch import Tensor


def cosines(jacobian_NP: Tensor) -> Tensor:
    """Cosine of every two tasks' gradients (N,N), within [-1, 1] (VTA, Algorithm 1: sim).

    A task is as like itself as can be: 1. A task without a gradient, whose row is zero, is like
    none, itself neither: 0.
    """
    rows_NP = jacobian_NP.double()
    rows_NP = rows_NP / _or_one(rows_NP.abs().amax(dim=1, keepdim=True))
    rows_NP = rows_NP / _or_one(rows_NP.norm(dim=1, keepdim=True))
    found_NN = (rows_NP @ rows_NP.T).clamp(-1, 1)
    present_N = rows_NP.any(dim=1)
    found_NN[present_N, present_N] = 1
    return found_NN.to(jacobian_NP.dtype)


def _or_one(lengths_N1: Tensor) -> Tensor:
    """The lengths, 1 where there is none."""
    return torch.where(lengths_N1 > 0, lengths_N1, torch.ones_like(lengths_N1))
