"""What the two sides of every claim were measured to be, repetition by repetition."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from polytask.reporting.claims import mean_similarity
from polytask.reporting.repeated.tables import (
    GAIN,
    RepeatedRow,
    RepeatedTable,
    Spread,
    common,
    spread_of,
)
from polytask.reporting.sak.claims import Claim, Pair
from polytask.reporting.sak.oracle import Oracle
from polytask.reporting.sak.routers import STEM, Routers
from polytask.reporting.sak.verdicts import Noise, pooled_noise
from polytask.tasks import TASKS

BOUNDARY = "boundary"
BOUNDARY_TASKS = "edge", "normals"
"""Of these the paper says that they depend on fine-grained representations (Section 2)."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sides; `differences` of the repetitions are positive in the claim's direction.

    `above` and `below` are None where only their difference is a number. `noise` is that of the
    table of the two, where there is one. `counted` values are no measurements: they have none.
    """

    better: str
    worse: str
    measure: str
    unit: str
    digits: int
    above: Spread | None
    below: Spread | None
    differences: Sequence[float]
    noise: Noise | None = None
    counted: bool = False

    @property
    def difference(self) -> Spread:
        """Its mean and standard deviation over the repetitions."""
        return spread_of(self.differences)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that claims are judged by, tables by name; None, or nothing, of what was not measured."""

    tables: Mapping[str, RepeatedTable]
    oracle: Oracle | None
    similarity: Mapping[str, Mapping[str, Mapping[str, Any]]]
    routers: Routers | None
    costs: Sequence[Mapping[str, Any]]


def comparisons_of(claim: Claim, evidence: Evidence) -> list[Comparison]:
    """Those of a claim whose two sides were both measured."""
    if claim.key:
        return list(OTHERS[claim.key](evidence))
    table = evidence.tables.get(claim.table)
    found = [_pair(pair, table) for pair in claim.pairs] if table else []
    return [each for each in found if each]


def _pair(pair: Pair, table: RepeatedTable) -> Comparison | None:
    """None where the table lacks one of the rows, its gain, or a repetition that both have."""
    methods = pair.better, pair.worse
    if not all(method in table.rows and _has_gains(table.rows[method]) for method in methods):
        return None
    first, second = (table.rows[method] for method in methods)
    repetitions = common(first.runs, second.runs)
    if not repetitions:
        return None
    above, below = ([row.runs[at][GAIN] for at in repetitions] for row in (first, second))
    noise = None if table.baseline in methods else noise_of(table)
    return _sides(first.title, second.title, "Δₘ", "points", 2, above, below, noise)


def _has_gains(row: RepeatedRow) -> bool:
    return all(GAIN in run for run in row.runs.values())


def noise_of(table: RepeatedTable) -> Noise | None:
    """That of the gains of all rows but the baseline, whose own are always 0."""
    others = [row for row in table.rows.values() if row.method != table.baseline]
    rows = [row for row in others if _has_gains(row)]
    repetitions = common(*(row.runs for row in rows)) if rows else []
    return pooled_noise([[row.runs[at][GAIN] for at in repetitions] for row in rows])


def _oracle(evidence: Evidence) -> Iterator[Comparison]:
    if evidence.oracle:
        yield Comparison(
            better="Oracle of teachers",
            worse="Student without biases",
            measure="mean relative difference over the tasks",
            unit="%",
            digits=2,
            above=None,
            below=None,
            differences=list(evidence.oracle.shortfalls.values()),
        )


def _similarity(evidence: Evidence) -> Iterator[Comparison]:
    """Stage 1 is trained once: there is one repetition."""
    if {"sak", "no_biases"} <= evidence.similarity.keys():
        ours, other = (mean_similarity(evidence.similarity[n]) for n in ("sak", "no_biases"))
        names = "SAK's student", "Student without biases"
        yield _sides(*names, "centred cosine, mean over teachers", "", 4, [ours], [other])


def _boundary(evidence: Evidence) -> Iterator[Comparison]:
    """The boundary teacher beside the strongest other expert, by the mean of all repetitions."""
    routers = evidence.routers
    tasks = [task for task in BOUNDARY_TASKS if routers and task in routers.tasks]
    if not routers or BOUNDARY not in routers.experts:
        return
    for task in tasks:
        others = {e: routers.at_end(0, e, [task]) for e in routers.experts if e != BOUNDARY}
        named = TASKS[task].title.lower()
        strongest = max(others, key=lambda expert: fmean(others[expert]))
        yield _sides(
            f"Boundary teacher, {named}", f"{strongest.capitalize()}, {named}",
            "weight at the lowest level", "", 3,
            routers.at_end(0, BOUNDARY, [task]), others[strongest],
        )  # fmt: skip


def _stem(evidence: Evidence) -> Iterator[Comparison]:
    routers = evidence.routers
    if routers and STEM in routers.experts:
        lowest, highest = (
            routers.at_end(level, STEM, routers.tasks) for level in (0, routers.num_levels - 1)
        )
        names = "Stem, lowest level", "Stem, highest level"
        yield _sides(*names, "weight, mean over tasks", "", 3, lowest, highest)


def _paths(evidence: Evidence) -> Iterator[Comparison]:
    routers = evidence.routers
    teachers = [e for e in routers.experts if e != STEM] if routers else []
    if routers and teachers and STEM in routers.experts:
        top = routers.num_levels - 1
        of_each = [routers.at_end(top, expert, routers.tasks) for expert in teachers]
        paths = [fmean(each) for each in zip(*of_each, strict=True)]
        stem = routers.at_end(top, STEM, routers.tasks)
        names = "A teacher's path, mean over teachers", "Stem"
        yield _sides(*names, "weight at the highest level", "", 3, paths, stem)


def _costs(evidence: Evidence) -> Iterator[Comparison]:
    """What is counted is compared; time and memory stand in the table of costs."""
    rows = {row["name"]: row for row in evidence.costs}
    if {"student", "teachers"} <= rows.keys():
        ours, theirs = rows["student"], rows["teachers"]
        for key, measure, scale in (
            ("parameters", "parameters", 1e6), ("flops", "FLOPs of one image", 1e9),
        ):  # fmt: skip
            above, below = theirs[key] / scale, ours[key] / scale
            unit = "M" if scale == 1e6 else "G"
            yield Comparison(
                better=ours["title"], worse=theirs["title"], measure=measure, unit=unit,
                digits=2, above=spread_of([below]), below=spread_of([above]),
                differences=[above - below], counted=True,
            )  # fmt: skip


def _sides(
    better: str, worse: str, measure: str, unit: str, digits: int,
    above: Sequence[float], below: Sequence[float], noise: Noise | None = None,
) -> Comparison:  # fmt: skip
    return Comparison(
        better=better, worse=worse, measure=measure, unit=unit, digits=digits,
        above=spread_of(above), below=spread_of(below), noise=noise,
        differences=[a - b for a, b in zip(above, below, strict=True)],
    )  # fmt: skip


OTHERS: Mapping[str, Callable[[Evidence], Iterator[Comparison]]] = {
    "oracle": _oracle,
    "similarity": _similarity,
    "boundary": _boundary,
    "stem": _stem,
    "paths": _paths,
    "costs": _costs,
}
"""How claims that are not about two rows are compared."""
