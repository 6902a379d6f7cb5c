"""Mixture-of-Representations: one noisy gate per image over the stem and the teachers' paths.

Shapes: B images, N tokens, D width, K experts (the stem first), h w patches.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.across_processes import normal_like
from polytask.models.adapters import init_weights

MIN_NOISE_STD = 1e-2
"""Added to the softplus of the noise logits, as in the official code; the paper omits it."""


def gate(clean_BK: Tensor, noise_std_BK: Tensor, noise_BK: Tensor) -> Tensor:
    """Return softmax(clean + noise * noise_std), (B,K), rows sum to one (SAK, Eq. (4))."""
    return torch.softmax(clean_BK + noise_BK * noise_std_BK, dim=-1)


def clean_gate(logits_B2K: Tensor) -> Tensor:
    """Return the gate (B,K) of clean and noise logits that evaluation mixes by."""
    clean, _ = logits_B2K.chunk(2, dim=-1)
    return gate(clean, torch.zeros_like(clean), torch.zeros_like(clean))


def mix(experts: Sequence[Tensor], gates_BK: Tensor) -> Tensor:
    """Return the sum over K maps (B,D,h,w), each times its image's gate (SAK, section 3.3)."""
    weights = gates_BK[:, :, None, None, None].unbind(1)
    mixed = weights[0] * experts[0]
    for weight, expert in zip(weights[1:], experts[1:], strict=True):
        mixed = torch.addcmul(mixed, weight, expert)
    return mixed


class RouterMLP(nn.Module):
    """Tokens (B,N,D) -> mean over tokens of a two-layer MLP, (B, 2K): clean, then noise logits.

    The last layer is linear, so it is applied once to the mean instead of to every token.
    Differs from the paper: the noise shares this MLP, as in the official code, instead of
    having its own.
    """

    def __init__(self, dim: int, num_experts: int) -> None:
        super().__init__()
        half = dim // 2
        self.module = nn.Sequential(
            nn.Linear(dim, half), nn.LayerNorm(half), nn.GELU(), nn.Linear(half, 2 * num_experts)
        )

    def forward(self, tokens_BND: Tensor) -> Tensor:
        hidden, last = self.module[:3], self.module[3]
        return last(hidden(tokens_BND).mean(dim=1))


class MixtureOfRepresentations(nn.Module):
    """The router of one level and one task (SAK, Eq. (4)).

    In training the gate is noisy (from torch's global generator), in evaluation clean.
    Differs from the official code: noise is drawn once per image and expert, as the paper's one
    global gate says; the official code draws it per patch.
    """

    def __init__(self, dim: int, num_experts: int) -> None:
        super().__init__()
        self.router = RouterMLP(dim, num_experts)
        self.apply(init_weights)

    def forward(self, stem_BDhw: Tensor) -> Tensor:
        """Return the gate (B,K) that the raw stem map chooses."""
        return self.gate_of(self.logits(stem_BDhw))

    def logits(self, stem_BDhw: Tensor) -> Tensor:
        """Return what the gate of a raw stem map follows from, (B,2K): clean, then noise logits."""
        return self.router(stem_BDhw.flatten(2).transpose(1, 2)).float()

    def gate_of(self, logits_B2K: Tensor) -> Tensor:
        """Return the gate (B,K) to mix by: noisy in training."""
        clean, raw_noise = logits_B2K.chunk(2, dim=-1)
        if not self.training:
            return clean_gate(logits_B2K)
        return gate(clean, F.softplus(raw_noise) + MIN_NOISE_STD, _noise_like(clean))


@torch.compiler.disable  # a compiled one draws other numbers, and is another one per micro-batch
def _noise_like(clean_BK: Tensor) -> Tensor:
    return normal_like(clean_BK)
