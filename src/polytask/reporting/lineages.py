"""What the report says about where each number of its table comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from polytask.lineage import mixed
from polytask.lineage.index import numbers_of
from polytask.lineage.numbers import Number
from polytask.lineage.outline import Facts, Step, folded, outline, usual
from polytask.lineage.tree import tree_of


@dataclass(frozen=True)
class Lineages:
    """Behind the tables of a page: per row its numbers by column and its steps, every job once.

    `common` is true of every job that does not say otherwise; `warnings` say where rows cannot be
    compared or a chain does not hold.
    """

    numbers: Mapping[str, Mapping[str, Number]]
    steps: Mapping[str, Step]
    jobs: Mapping[str, Step]
    common: Facts
    warnings: Sequence[str]


def lineages_of(*tables: Path) -> Lineages:
    """The lineages of all numbers of `tables`; UserError where the record of one does not fit it.

    Of a row that several tables have, the numbers are those of the first.
    """
    numbers: dict[str, dict[str, Number]] = {}
    for number in numbers_of(tables):
        row, _, column = number.selector.partition("/")
        numbers.setdefault(row, {}).setdefault(column, number)
    trees = {row: tree_of(next(iter(of_row.values()))) for row, of_row in numbers.items()}
    common = usual(*trees.values())
    steps = {row: outline(tree, common) for row, tree in trees.items()}
    broken = dict.fromkeys(warning for tree in trees.values() for warning in tree.warnings)
    return Lineages(
        numbers=numbers,
        steps=steps,
        jobs=_jobs(steps.values()),
        common=folded(common),
        warnings=[*mixed.warnings(trees), *broken],
    )


def _jobs(steps: Iterable[Step]) -> dict[str, Step]:
    """Every job once, those that read raw data first."""
    found: dict[str, Step] = {}
    for step in steps:
        found |= {key: job for key, job in _jobs(step.steps).items() if key not in found}
        if not step.repeated:
            found.setdefault(step.key, step)
    return found
