"""The page on all four papers' systems: one self-contained HTML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.errors import UserError
from polytask.records.files import Record
from polytask.reporting.compare.budgets import STAGE_1, Budget, Effort, budgets
from polytask.reporting.compare.config import ComparePageConfig
from polytask.reporting.compare.figures import Point, accuracy_against_cost
from polytask.reporting.frame import origin_of
from polytask.reporting.lineages import Lineages
from polytask.reporting.rendering import filled
from polytask.reporting.repeated.shown import compared
from polytask.reporting.repeated.tables import GAIN, RepeatedRow, RepeatedTable


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What was found: the table over repetitions, costs.json, efforts by file, records."""

    table: RepeatedTable
    costs: Mapping[str, Any]
    efforts: Mapping[str, Effort]
    records: Mapping[str, Record]
    lineages: Lineages | None


@dataclass(frozen=True, kw_only=True)
class System:
    """A row: what it reached, what one image costs it, and what it was trained on."""

    row: RepeatedRow
    cost: Mapping[str, Any]
    budget: Budget

    @property
    def point(self) -> Point:
        gain = self.row.spreads[GAIN]
        return Point(
            title=self.row.title,
            gain=gain.mean,
            spread=gain.sd or 0.0,
            gflops=self.cost["flops"] / 1e9,
            latency_ms=self.cost["latency_ms"],
            megaparameters=self.cost["parameters"] / 1e6,
        )


def render(found: Comparison, config: ComparePageConfig) -> str:
    """The page as text. Raises UserError where a row has no costs or the baseline is no row."""
    known = systems(found, config)
    others = [each for each in known if each.row.method != config.baseline]
    return filled(
        "compare.html.jinja",
        **origin_of(found, config, "report_compare"),
        config=config,
        rows=list(found.table.rows.values()),
        table=compared(found.table),
        systems=known,
        best=max(others or known, key=lambda each: each.row.spreads[GAIN].mean),
        baseline=found.table.rows[config.baseline],
        titles={**config.titles, STAGE_1: STAGE_1},
        measured=found.costs,
        figure=Markup(accuracy_against_cost([each.point for each in known])),
    )


def systems(found: Comparison, config: ComparePageConfig) -> Sequence[System]:
    """Every row of the table with its costs and its budget, in the table's order."""
    if config.baseline not in found.table.rows:
        raise UserError(f"compare.baseline: no row {config.baseline!r}; name one of compare.rows")
    costs = {cost["name"]: cost for cost in found.costs["rows"]}
    if missing := [method for method in found.table.rows if method not in costs]:
        raise UserError(f"costs of {missing[0]}: not measured; make results/analysis/costs/ again")
    trained = budgets(config, found.efforts)
    return [
        System(row=row, cost=costs[method], budget=trained[method])
        for method, row in found.table.rows.items()
    ]
