"""The values of one training run."""

from dataclasses import dataclass

from polytask.training.schedules import Name


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """Length, optimiser (AdamW) and schedule of one training run.

    `warmup_lr` and `final_lr` are factors of `lr`; `clip_norm` 0 means no clipping. With `patience`
    training ends before `steps`, once that many logged losses in a row bring nothing better.
    A process computes at most `images_at_once` images of its share of the batch (0: all of them),
    and adds up gradients (`training.micro_batches` says what that changes).
    """

    steps: int
    batch_size: int
    lr: float
    weight_decay: float
    schedule: Name
    warmup_steps: int
    warmup_lr: float
    final_lr: float
    clip_norm: float
    log_every: int
    checkpoint_every: int
    num_workers: int
    patience: int = 0
    images_at_once: int = 0
