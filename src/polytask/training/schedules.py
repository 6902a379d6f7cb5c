"""Learning-rate schedules as functions of the step: a factor in 0..1 of the peak rate."""

import math
from collections.abc import Callable
from typing import Literal

Name = Literal["cosine", "polynomial", "one_cycle"]
Schedule = Callable[[int], float]


def cosine(steps: int, warmup_steps: int, start: float, end: float) -> Schedule:
    """Linear warm-up from `start`, then half a cosine down to `end` (SAK's stage 1)."""

    def factor(step: int) -> float:
        if step < warmup_steps:
            return start + (1 - start) * step / warmup_steps
        progress = (step - warmup_steps) / max(1, steps - warmup_steps)
        return end + (1 - end) * (1 + math.cos(math.pi * min(progress, 1))) / 2

    return factor


def polynomial(steps: int, warmup_steps: int, start: float, power: float = 0.9) -> Schedule:
    """Linear warm-up from `start`, then (1 - progress) ** power down to zero (SAK's stage 2)."""

    def factor(step: int) -> float:
        if step < warmup_steps:
            return start + (1 - start) * step / warmup_steps
        progress = (step - warmup_steps) / max(1, steps - warmup_steps)
        return (1 - min(progress, 1)) ** power

    return factor


def one_cycle(steps: int, warmup_steps: int, start: float, end: float) -> Schedule:
    """Half a cosine up from `start`, then half a cosine down to `end` at the last step (SIMO, C).

    torch's OneCycleLR with a first phase of `warmup_steps`; Adam's momentum is left alone.
    """
    peak = warmup_steps - 1

    def factor(step: int) -> float:
        if step < peak:
            return start + (1 - start) * (1 - math.cos(math.pi * step / peak)) / 2
        progress = (step - peak) / max(1, steps - 1 - peak)
        return end + (1 - end) * (1 + math.cos(math.pi * min(progress, 1))) / 2

    return factor


def schedule(
    name: Name,
    *,
    steps: int,
    warmup_steps: int,
    start: float,
    end: float,
) -> Schedule:
    """The schedule of that name over `steps` steps."""
    if name == "cosine":
        return cosine(steps, warmup_steps, start, end)
    if name == "one_cycle":
        return one_cycle(steps, warmup_steps, start, end)
    return polynomial(steps, warmup_steps, start)
