"""Which of the paper's orderings hold in this run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

Similarity = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Ordering:
    """`better` is above `worse` in the paper, by delta_m or by Rep Sim; methods by their names."""

    statement: str
    source: str
    better: str
    worse: str
    measure: str = "Δm"


ORDERINGS = (
    Ordering("SAK gains over single-task models", "SAK, Table 6", "sak", "single_task"),
    Ordering("SAK beats the multi-task baseline", "SAK, Tables 5 and 6", "sak", "multi_task"),
    Ordering("SAK beats a student without biases", "SAK, Table 3", "sak", "no_biases"),
    Ordering("Routers beat adding representations up", "SAK, Table 3", "sak", "no_router"),
    Ordering("Distillation in stage 2 helps", "SAK, Table 4", "sak", "no_distillation_2"),
    Ordering("Stage 1 helps", "SAK, Table 4", "sak", "no_distillation_1"),
    Ordering(
        "Adapter paths come closer to the teachers", "SAK, Table 3", "sak", "no_biases", "Rep Sim"
    ),
)
"""Of these a page shows the ones whose two methods it has."""


@dataclass(frozen=True)
class Finding:
    """An ordering, what was measured on both sides, and the two as text."""

    ordering: Ordering
    above: float
    below: float
    digits: int

    @property
    def holds(self) -> bool:
        return self.above > self.below


def check_orderings(rows: Sequence[Mapping[str, Any]], similarity: Similarity) -> Iterator[Finding]:
    """Compare the rows of the table, and the students' mean centred Rep Sim, with the paper."""
    measured = {
        "Δm": {row["method"]: row["delta_m"] for row in rows},
        "Rep Sim": {student: mean_similarity(found) for student, found in similarity.items()},
    }
    for ordering in ORDERINGS:
        values = measured[ordering.measure]
        if ordering.better in values and ordering.worse in values:
            digits = 3 if ordering.measure == "Rep Sim" else 2
            yield Finding(ordering, values[ordering.better], values[ordering.worse], digits)


def mean_similarity(found: Mapping[str, Mapping[str, Any]]) -> float:
    """Rep Sim of one student: the centred cosine averaged over its teachers."""
    return fmean(values["centred"] for values in found.values())
