"""Which of SIMO's claims hold in this run."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from polytask.reporting.claims import Finding, Ordering
from polytask.reporting.rows import Rows
from polytask.reporting.simo.methods import realigned

DELTA, KEPT = "Δ normalised, %", "kept, %"
LEVEL = 1.0
"""Percent points below the multi-task model that still are its level (SIMO, Table 2: 0.8)."""


def check_claims(
    deltas: Mapping[str, float],
    merges: Sequence[str],
    *,
    baseline: str,
    joint: str,
    kept: Mapping[int, float],
) -> Iterator[Finding]:
    """Compare what was measured with the paper.

    `deltas` maps the table's rows to their delta_normalised, `merges` are those that were not
    re-aligned, `joint` is the multi-task model; `kept` is what `mean_retention` gives.
    """
    merges = [merge for merge in merges if merge in deltas]
    for merge in merges:
        better, worse = (baseline, deltas[baseline]), (merge, deltas[merge])
        yield _above("Merging alone loses against single-task models", better, worse)
    losing = [merge for merge in merges if deltas[merge] < 0]
    yield from _recovered_by_heads(deltas, losing)
    yield from _recovered_by_adapters(deltas, losing)
    if found := {name: deltas[name] for name in realigned(merges, deltas)}:
        yield _above(
            "Re-aligned, a merged model reaches the level of multi-task learning",
            max(found.items(), key=lambda item: item[1]),
            (f"{joint}, less {LEVEL:g} point", deltas[joint] - LEVEL),
        )
    few, all_tasks = 2, max(kept, default=0)
    if few in kept and all_tasks > few:
        ordering = Ordering(
            "The more tasks are merged, the less is kept", "SIMO, Figure 1",
            f"mean of {few} tasks", f"mean of {all_tasks} tasks", KEPT,
        )  # fmt: skip
        yield Finding(ordering, kept[few], kept[all_tasks], 2)


def mean_retention(retention: Rows) -> dict[int, float]:
    """Number of merged tasks -> normalised performance in percent, mean over the subsets."""
    of_size: dict[int, list[float]] = {}
    for row in retention:
        of_size.setdefault(int(row["num_tasks"]), []).append(row["normalised"])
    return {size: fmean(values) for size, values in sorted(of_size.items())}


def _recovered_by_heads(deltas: Mapping[str, float], merges: Sequence[str]) -> Iterator[Finding]:
    for merge in merges:
        if (heads := f"{merge}_heads") in deltas:
            half = f"half the loss of {merge}", deltas[merge] / 2
            statement = "Head re-alignment recovers most of what merging lost"
            yield _above(statement, (heads, deltas[heads]), half)


def _recovered_by_adapters(deltas: Mapping[str, float], merges: Sequence[str]) -> Iterator[Finding]:
    for merge in merges:
        if (adapted := f"{merge}_representation") in deltas:
            statement = "Representation re-alignment recovers what merging lost"
            yield _above(statement, (adapted, deltas[adapted]), (merge, deltas[merge]))


def _above(statement: str, better: tuple[str, float], worse: tuple[str, float]) -> Finding:
    ordering = Ordering(statement, "SIMO, Tables 1 to 3", better[0], worse[0], DELTA)
    return Finding(ordering, better[1], worse[1], 2)
