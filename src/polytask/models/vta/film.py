"""Feature-wise linear modulation: a vector says how features are scaled and shifted.

Perez et al.: FiLM: Visual Reasoning with a General Conditioning Layer, AAAI 2018. Shapes: N tasks,
C of the condition, F features.
"""

import torch
from torch import Tensor, nn


def task_conditions(affinities_NN: Tensor, representations_NC: Tensor) -> Tensor:
    """Return per target task the mean of all tasks' representations by its affinities, (N,C).

    Summed task by task: one whose affinity is zero changes no bit (VTA, Figure 6).
    """
    total = torch.zeros_like(representations_NC)
    for affinity_N, representation_C in zip(affinities_NN.T, representations_NC, strict=True):
        total = total + affinity_N[:, None] * representation_C
    return total


class Modulation(nn.Module):
    """Linear maps gamma and beta of a condition, which all tasks share; both start as zero."""

    def __init__(self, condition: int, num_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(condition, 2 * num_features)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, condition_C: Tensor) -> tuple[Tensor, Tensor]:
        """Return gamma and beta (..., F) of conditions (..., C)."""
        gamma, beta = self.linear(condition_C).chunk(2, dim=-1)
        return gamma, beta
