"""Weights of tasks that follow the cosines of their gradients. Shapes: N tasks."""

import torch
from torch import Tensor

SIGNS = {"tawt": 1, "algorithm_1": -1}
"""Whether tasks with like gradients gain weight, or lose it."""


def uniform(num_tasks: int) -> Tensor:
    """What Algorithm 1 starts from: each target task weighs all tasks alike (N,N)."""
    return torch.full((num_tasks, num_tasks), 1 / num_tasks)


def mirror_descent(
    weights_NN: Tensor, cosines_NN: Tensor, step_size: float, rule: str = "tawt"
) -> Tensor:
    """w_tn exp(+-kappa sim_tn) over the row's sum (VTA, Algorithm 1: Update).

    Row t weighs the tasks n for the target task t; it sums to 1. `rule` is the sign: "tawt" is +,
    that of Chen, Crammer, He, Roth, Su: Weighted Training for Cross-Task Learning, ICLR 2022, by
    which tasks that pull one way gain weight; "algorithm_1" is -, as VTA prints it. Computed as
    logarithms, so that no step size overflows; a weight of 0 stays 0.
    """
    logits_NN = weights_NN.double().log() + SIGNS[rule] * step_size * cosines_NN.double()
    return logits_NN.softmax(dim=1).to(weights_NN.dtype)
