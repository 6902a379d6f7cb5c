"""The values of one training run."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """Length, optimiser (AdamW) and schedule of one training run.

    `warmup_lr` and `final_lr` are factors of `lr`; `clip_norm` 0 means no clipping.
    """

    steps: int
    batch_size: int
    lr: float
    weight_decay: float
    schedule: Literal["cosine", "polynomial"]
    warmup_steps: int
    warmup_lr: float
    final_lr: float
    clip_norm: float
    log_every: int
    checkpoint_every: int
    num_workers: int
