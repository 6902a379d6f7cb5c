"""Task-adapted attention: what a task is akin to says where its tokens look.

Shapes: B images, n windows, M heads, N = w^2 tokens of a window, d width of a head, D width,
h w tokens of a map, C of a task's condition.
"""

import torch
from torch import Tensor, nn

from polytask.models.vta.config import AdapterConfig
from polytask.models.vta.film import Modulation
from polytask.models.vta.windows import cut, join, neighbours


def attention(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None = None) -> Tensor:
    """softmax(q k^T / sqrt(d)) v, (...,N,d); `allowed` pairs of tokens (VTA, Eq. 1)."""
    return _attend(_logits(q, k), v, allowed)


def task_adapted_attention(
    q: Tensor, k: Tensor, v: Tensor, bias_NN: Tensor, allowed: Tensor | None = None
) -> Tensor:
    """softmax(A' + q k^T / sqrt(d)) v, (...,N,d), with A' as `bias_NN` (VTA, Eq. 2)."""
    return _attend(bias_NN + _logits(q, k), v, allowed)


def task_bias(weights_Nw: Tensor, gamma_w: Tensor, beta_w: Tensor) -> Tensor:
    """A' = lift(A gamma + beta), (N,N): w blocks of w x w on the diagonal (VTA, Eq. 3).

    Differs from the paper, which leaves open how (N,w) becomes (N,N): block-diagonal as in the
    official code, so a token's bias is about the tokens of its own row.
    """
    modulated_Nw = weights_Nw * gamma_w + beta_w
    return torch.block_diag(*modulated_Nw.split(weights_Nw.shape[1]))


def _logits(q: Tensor, k: Tensor) -> Tensor:
    return (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)


def _attend(logits: Tensor, v: Tensor, allowed: Tensor | None) -> Tensor:
    if allowed is not None:
        logits = logits.masked_fill(~allowed, float("-inf"))
    return logits.softmax(dim=-1).to(v.dtype) @ v


class TaskAdaptedAttention(nn.Module):
    """Attention of several heads within windows, with one A' for all heads and windows.

    gamma and beta start as zero, so that it starts as plain attention. Without `taa` it stays so.
    """

    def __init__(self, config: AdapterConfig, dim: int, num_heads: int, *, shifted: bool) -> None:
        super().__init__()
        self.num_heads, self.window, self.shifted = num_heads, config.window, shifted
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.film: Modulation | None = None
        if config.taa:
            self.weights_Nw = nn.Parameter(torch.randn(config.window**2, config.window))
            self.film = Modulation(config.task_dim, config.window)

    def forward(self, maps_BhwD: Tensor, condition_C: Tensor | None) -> Tensor:
        """Return (B,h,w,D); `condition_C` is the target task's, unused without `taa`."""
        size = maps_BhwD.shape[1], maps_BhwD.shape[2]
        shift = self.window // 2 if self.shifted and max(size) > self.window else 0
        windows_BnND = cut(maps_BhwD, self.window, shift)
        allowed = neighbours(size, self.window, shift, maps_BhwD.device)
        if allowed is not None:
            allowed = allowed[:, None]
        qkv = self.qkv(windows_BnND).unflatten(-1, (3, self.num_heads, -1))
        q, k, v = qkv.permute(3, 0, 1, 4, 2, 5)
        if self.film is None:
            found = attention(q, k, v, allowed)
        else:
            bias = task_bias(self.weights_Nw, *self.film(condition_C))
            found = task_adapted_attention(q, k, v, bias, allowed)
        return join(self.proj(found.transpose(2, 3).flatten(3)), size, self.window, shift)
