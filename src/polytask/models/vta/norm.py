"""Task-scaled normalisation: what was found for a task says how its features are scaled.

Shapes: B images, h w tokens, D width.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.models.vta.film import Modulation


def task_scaled_norm(
    values_D: Tensor, gamma_D: Tensor, beta_D: Tensor, weight_D: Tensor, bias_D: Tensor
) -> Tensor:
    """(a - mu) / sigma * gamma_hat + beta, gamma_hat = gamma' gamma + beta', (...,D) (VTA, Eq. 4).

    mu and sigma are those of a token; gamma' is `weight_D`, beta' is `bias_D`. Differs from the
    official code, which modulates the scale alone.
    """
    normed = F.layer_norm(values_D, values_D.shape[-1:])
    return normed * (weight_D * gamma_D + bias_D) + beta_D


class TaskScaledNorm(nn.Module):
    """gamma and beta are linear in what the feed-forward network found, through its bottleneck.

    gamma starts as one and beta as zero, so that it starts as a LayerNorm.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))
        self.down, self.film = nn.Linear(dim, hidden), Modulation(hidden, dim)

    def forward(self, residual_BhwD: Tensor, output_BhwD: Tensor) -> Tensor:
        """Normalise the attention's residual output by that of the feed-forward network."""
        change, beta = self.film(self.down(output_BhwD))
        return task_scaled_norm(residual_BhwD, 1 + change, beta, self.weight, self.bias)
