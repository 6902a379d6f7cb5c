"""Whether a difference over repetitions is one: t-tests, corrected by Holm's procedure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, stdev
from typing import Literal, Protocol

from scipy.stats import t, ttest_1samp

LEVEL = 0.05
"""Above this corrected p a difference counts as noise."""

Verdict = Literal["held", "not held", "within noise"]


@dataclass(frozen=True)
class Noise:
    """How much a value of one row and repetition spreads, and with how many degrees of freedom."""

    sd: float
    freedom: int


class Tested(Protocol):
    """What a comparison has to say; a positive difference is the claim's direction.

    `differences` are those of its repetitions, one at least. `noise` is known where other rows tell
    it too. What is `counted` (parameters) has no noise: it is held or not, and no test is made.
    """

    differences: Sequence[float]
    noise: Noise | None
    counted: bool


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


def pooled_noise(rows: Sequence[Sequence[float]]) -> Noise | None:
    """The noise of a table, each row with a value per repetition: rows x repetitions, two-way.

    What neither the row nor the repetition explains (repetitions share their seeds) is taken for
    noise, the same in all rows. Two rows give what the paired t-test takes. None of fewer than two
    rows or repetitions.
    """
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    means = [fmean(row) for row in rows]
    columns = [fmean(column) for column in zip(*rows, strict=True)]
    overall_mean = fmean(means)
    squares = sum(
        (value - mean - column + overall_mean) ** 2
        for row, mean in zip(rows, means, strict=True)
        for value, column in zip(row, columns, strict=True)
    )
    freedom = (len(rows) - 1) * (len(columns) - 1)
    return Noise(sqrt(squares / freedom), freedom)


def pooled_p(differences: Sequence[float], noise: Noise) -> float:
    """p of the t-test, two-sided, of a difference of two rows under the noise of their table."""
    mean = fmean(differences)
    error = noise.sd * sqrt(2 / len(differences))
    statistic = abs(mean) / error if error else inf if mean else 0.0
    return float(2 * t.sf(statistic, noise.freedom))


def holm(ps: Sequence[float]) -> list[float]:
    """Every p corrected for how many of them there are, in their order (Holm, 1979)."""
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    corrected, largest = [1.0] * len(ps), 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[at]))
        corrected[at] = largest
    return corrected


def judge(comparisons: Sequence[Tested]) -> list[Judged]:
    """The verdict on each comparison of a page."""
    ps = [None if each.counted else _p(each) for each in comparisons]
    corrected = iter(holm([p for p in ps if p is not None]))
    return [
        _judged(each, p, next(corrected) if p is not None else None)
        for each, p in zip(comparisons, ps, strict=True)
    ]


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """That of a claim of several comparisons: held in all of them, or not held in any."""
    if "not held" in verdicts:
        return "not held"
    return "held" if all(each == "held" for each in verdicts) else "within noise"


def _p(tested: Tested) -> float | None:
    if tested.noise and len(tested.differences) > 1:
        return pooled_p(tested.differences, tested.noise)
    return paired_p(tested.differences)


def _judged(tested: Tested, p: float | None, corrected: float | None) -> Judged:
    direction: Verdict = "held" if fmean(tested.differences) > 0 else "not held"
    if tested.counted:
        return Judged(verdict=direction, p=None, corrected=None, why="counted, no test")
    if corrected is None:
        return Judged(verdict="within noise", p=None, corrected=None, why="one repetition")
    verdict: Verdict = direction if corrected <= LEVEL else "within noise"
    freedom = tested.noise.freedom if tested.noise else len(tested.differences) - 1
    test = "t-test, noise of the table" if tested.noise else "paired t-test"
    return Judged(verdict=verdict, p=p, corrected=corrected, why=f"{test}, df {freedom}")
