"""Whether a difference over repetitions is one: a paired t-test, corrected by Holm's procedure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from scipy.stats import ttest_1samp

LEVEL = 0.05
"""Above this corrected p a difference counts as noise."""

Verdict = Literal["held", "not held", "within noise"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A verdict, and the p that it rests on: as tested, and corrected; None where nothing was."""

    verdict: Verdict
    p: float | None
    corrected: float | None
    why: str


def paired_p(differences: Sequence[float]) -> float | None:
    """p of the paired t-test, two-sided, out of what each repetition differs by; None of one."""
    if len(differences) < 2:
        return None
    if stdev(differences) <= 1e-12 * max(map(abs, differences)):
        return 0.0 if any(differences) else 1.0
    return float(ttest_1samp(differences, 0.0).pvalue)


def holm(ps: Sequence[float]) -> list[float]:
    """Every p corrected for how many of them there are, in their order (Holm, 1979)."""
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    corrected, largest = [1.0] * len(ps), 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[at]))
        corrected[at] = largest
    return corrected


def judge(
    differences: Sequence[Sequence[float]], counted: Sequence[bool] | None = None
) -> list[Judged]:
    """The verdict on each comparison of a page; a positive difference is the claim's direction.

    `differences` are those of its repetitions, one at least. Those that are `counted` (parameters)
    have no noise: they are held or not, and no test is made.
    """
    exact = counted or [False] * len(differences)
    ps = [None if sure else paired_p(d) for d, sure in zip(differences, exact, strict=True)]
    corrected = iter(holm([p for p in ps if p is not None]))
    return [
        _judged(fmean(each), p, next(corrected) if p is not None else None, sure)
        for each, p, sure in zip(differences, ps, exact, strict=True)
    ]


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """That of a claim of several comparisons: held in all of them, or not held in any."""
    if "not held" in verdicts:
        return "not held"
    return "held" if all(each == "held" for each in verdicts) else "within noise"


def _judged(difference: float, p: float | None, corrected: float | None, sure: bool) -> Judged:
    direction: Verdict = "held" if difference > 0 else "not held"
    if sure:
        return Judged(verdict=direction, p=None, corrected=None, why="counted, no test")
    if corrected is None:
        return Judged(verdict="within noise", p=None, corrected=None, why="one repetition")
    verdict: Verdict = direction if corrected <= LEVEL else "within noise"
    return Judged(verdict=verdict, p=p, corrected=corrected, why="paired t-test, Holm")
