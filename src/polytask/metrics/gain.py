"""How much better a multi-task model is than single-task ones, and how evenly."""

import math
from collections.abc import Mapping
from statistics import fmean, pstdev

from polytask.errors import UserError


def relative_gains(
    results: Mapping[str, float],
    baseline: Mapping[str, float],
    higher_is_better: Mapping[str, bool],
) -> dict[str, float]:
    """Improvement over `baseline` in percent for each task of `results` (SAK, Figure 1).

    Positive is better. Raises UserError where the baseline lacks a task or is zero.
    """
    gains = {}
    for task, value in results.items():
        if not baseline.get(task):
            raise UserError(f"delta_m: the baseline has no result above zero for task {task}")
        sign = 1 if higher_is_better[task] else -1
        gains[task] = 100 * sign * (value - baseline[task]) / baseline[task]
    return gains


def delta_m(
    results: Mapping[str, float],
    baseline: Mapping[str, float],
    higher_is_better: Mapping[str, bool],
) -> float:
    """Multi-task gain in percent: the mean relative improvement over tasks (Maninis et al., 2019).

    SAK's tables use max_f_measure for sal, MTI-Net's the IoU.
    """
    return fmean(relative_gains(results, baseline, higher_is_better).values())


def gain_consistency(gains: Mapping[str, float]) -> float:
    """Ratio mu / sigma of the mean gain to its standard deviation over tasks (SAK, Figure 1).

    The deviation is that of the population of tasks; equal gains give plus or minus infinity.
    """
    mean, deviation = fmean(gains.values()), pstdev(gains.values())
    return mean / deviation if deviation else math.copysign(math.inf, mean)
