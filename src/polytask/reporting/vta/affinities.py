"""The affinities of a model as a heat map: which task helps which (VTA, Figure 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polytask.tasks import TASKS, Task

PRINTED = 0.01
"""A step of what is printed."""


@dataclass(frozen=True)
class Cell:
    """How much the task of a column counts for that of a row; `strength` is its shade in percent,
    `sign` tells which of two colours, `own` marks a task with itself.
    """

    value: float
    strength: float
    sign: int
    own: bool


@dataclass(frozen=True)
class HeatMap:
    """Rows are targets: what each task of `tasks` counts for them."""

    tasks: Sequence[Task]
    rows: Sequence[tuple[Task, Sequence[Cell]]]


def affinity_map(found: Mapping[str, Any]) -> HeatMap:
    """The affinities of an affinities.json: rows sum to 1, a shade of 0 % is 0."""
    return _heat_map(found["tasks"], found["affinities"])


def cosine_map(found: Mapping[str, Any]) -> HeatMap | None:
    """The cosines of gradients that the affinities came from, or None where there are none."""
    return _heat_map(found["tasks"], found["cosines"]) if found["cosines"] else None


def is_uniform(found: Mapping[str, Any]) -> bool:
    """Whether all affinities are as at the start: of models that do not learn them."""
    values = [value for row in found["affinities"] for value in row]
    return max(values) - min(values) < 1e-6


def asymmetry(found: Mapping[str, Any]) -> tuple[Task, Task, float, float] | None:
    """The two tasks (target, other) of which one counts most for the other but not the other way
    round, and both affinities; None where no two differ in print.
    """
    tasks, affinities = found["tasks"], found["affinities"]
    pairs = [
        (affinities[i][j] - affinities[j][i], i, j)
        for i in range(len(tasks))
        for j in range(len(tasks))
        if i != j
    ]
    difference, target, other = max(pairs, default=(0.0, 0, 0))
    if difference < PRINTED:
        return None
    there, back = affinities[target][other], affinities[other][target]
    return TASKS[tasks[target]], TASKS[tasks[other]], there, back


def _heat_map(tasks: Sequence[str], values: Sequence[Sequence[float]]) -> HeatMap:
    """Full shade (70 %, so that numbers stay readable) is 1."""
    titled = [TASKS[task] for task in tasks]
    rows = [
        (
            target,
            [
                Cell(value, 70 * min(1.0, abs(value)), 1 if value >= 0 else -1, at == number)
                for at, value in enumerate(row)
            ],
        )
        for number, (target, row) in enumerate(zip(titled, values, strict=True))
    ]
    return HeatMap(titled, rows)
