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
    _check(results, baseline)
    signs = {task: 1 if higher_is_better[task] else -1 for task in results}
    return {
        task: 100 * signs[task] * (value - baseline[task]) / baseline[task]
        for task, value in results.items()
    }


def delta_m(
    results: Mapping[str, float],
    baseline: Mapping[str, float],
    higher_is_better: Mapping[str, bool],
) -> float:
    """Multi-task gain in percent: the mean relative improvement over tasks (Maninis et al., 2019).

    SAK's tables use max_f_measure for sal, MTI-Net's the IoU. Also SIMO, Eq. (2), but what SIMO's
    tables call Delta_MTL is `normalised_performance` less 100.
    """
    return fmean(relative_gains(results, baseline, higher_is_better).values())


def normalised_by_task(
    results: Mapping[str, float],
    baseline: Mapping[str, float],
    higher_is_better: Mapping[str, bool],
) -> dict[str, float]:
    """What share of the baseline's performance each task of `results` keeps, in percent.

    The ratio of the two values, or its inverse where lower is better: an error twice as large is
    50 %, none at all infinite (SIMO, Table 1, in brackets). Raises UserError where the baseline
    lacks a task or is zero.
    """
    _check(results, baseline)
    return {
        task: 100 * _ratio(value, baseline[task], higher_is_better[task])
        for task, value in results.items()
    }


def normalised_performance(
    results: Mapping[str, float],
    baseline: Mapping[str, float],
    higher_is_better: Mapping[str, bool],
) -> float:
    """Mean share of the baseline's performance that is kept over tasks, in percent.

    SIMO, Eq. (1).
    """
    return fmean(normalised_by_task(results, baseline, higher_is_better).values())


def gain_consistency(gains: Mapping[str, float]) -> float:
    """Ratio mu / sigma of the mean gain to its standard deviation over tasks (SAK, Figure 1).

    The deviation is that of the population of tasks; equal gains give plus or minus infinity.
    """
    mean, deviation = fmean(gains.values()), pstdev(gains.values())
    return mean / deviation if deviation else math.copysign(math.inf, mean)


def _ratio(value: float, baseline: float, higher_is_better: bool) -> float:
    if higher_is_better:
        return value / baseline
    return baseline / value if value else math.inf


def _check(results: Mapping[str, float], baseline: Mapping[str, float]) -> None:
    for task in results:
        if not baseline.get(task):
            raise UserError(f"delta_m: the baseline has no result above zero for task {task}")
