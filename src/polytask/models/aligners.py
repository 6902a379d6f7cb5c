"""What brings a student's tokens into a teacher's width, for the distillation loss alone.

Shapes: D width of the student's level, T width of the teacher.
"""

from typing import Literal

from torch import nn

Form = Literal["linear", "mlp"]


def build_aligner(form: Form, dim: int, width: int) -> nn.Module:
    """A linear map (SAK's official code), or an MLP of two layers (RADIO's adaptor heads)."""
    if form == "linear":
        return nn.Linear(dim, width)
    return nn.Sequential(nn.Linear(dim, dim), nn.LayerNorm(dim), nn.GELU(), nn.Linear(dim, width))


def last_layer(aligner: nn.Module) -> nn.Linear:
    """The layer that says what the teacher is to say."""
    return aligner[-1] if isinstance(aligner, nn.Sequential) else aligner  # type: ignore[return-value]
