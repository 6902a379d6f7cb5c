"""The page on all four papers' systems: one self-contained HTML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.errors import UserError
from polytask.protocols import Protocol
from polytask.records.files import Record
from polytask.reporting.compare.budgets import STAGE_1, Budget, Effort, budgets
from polytask.reporting.compare.config import ComparePageConfig
from polytask.reporting.compare.figures import Point, accuracy_against_cost
from polytask.reporting.frame import about_page
from polytask.reporting.rendering import filled
from polytask.reporting.rows import Rows
from polytask.reporting.tables import protocols_of_text
from polytask.tasks import TASKS, Task


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What was found: the table over repetitions and each of them, costs, efforts by file."""

    rows: Rows
    repetitions: Rows
    costs: Mapping[str, Any]
    efforts: Mapping[str, Effort]
    records: Mapping[str, Record]


@dataclass(frozen=True, kw_only=True)
class Value:
    """A mean over repetitions with its sample standard deviation, None where there is one only."""

    mean: float
    sd: float | None
    best: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """A system: what it reached, what it costs, and what it was trained on."""

    method: str
    title: str
    values: Sequence[Value]
    gain: Value
    cost: Mapping[str, Any]
    budget: Budget


def render(found: Comparison, config: ComparePageConfig) -> str:
    """The page as text. Raises UserError where a row has no costs or the baseline is no row."""
    if config.baseline not in {row["method"] for row in found.rows}:
        raise UserError(f"compare.baseline: no row {config.baseline!r}; name one of compare.rows")
    protocols = protocols_of_text(found.rows[0]["protocols"])
    tasks = [TASKS[task] for task in protocols]
    told = lines(found, config, protocols)
    titles = {line.method: line.title for line in told} | {STAGE_1: "stage 1"}
    return filled(
        "compare.html.jinja",
        **about_page(found.records, config, "report_compare"),
        lines=told,
        tasks=tasks,
        protocols=protocols,
        titles=titles,
        repetitions=int(found.rows[0]["repetitions"]),
        baseline=titles[config.baseline],
        best=max(told, key=lambda line: line.gain.mean),
        measured=found.costs,
        figure=Markup(accuracy_against_cost([_point(line) for line in told])),
    )


def lines(
    found: Comparison, config: ComparePageConfig, protocols: Mapping[str, Protocol]
) -> list[Line]:
    """A line per row of the table, the best of each column marked."""
    costs = {cost["name"]: cost for cost in found.costs["rows"]}
    if missing := [row["method"] for row in found.rows if row["method"] not in costs]:
        raise UserError(f"costs of {missing[0]}: not measured; make results/analysis/costs/ anew")
    trained = budgets(config, found.efforts)
    columns = {task: _column(found.rows, task, protocol) for task, protocol in protocols.items()}
    return [
        Line(
            method=row["method"],
            title=row["title"],
            values=[column[number] for column in columns.values()],
            gain=Value(mean=row["delta_m_mean"], sd=row.get("delta_m_sd")),
            cost=costs[row["method"]],
            budget=trained[row["method"]],
        )
        for number, row in enumerate(found.rows)
    ]


def _column(rows: Rows, task: str, protocol: Protocol) -> list[Value]:
    name = f"{task}_{protocol.metric}"
    means = [row[f"{name}_mean"] for row in rows]
    best = max(means) if protocol.higher_is_better else min(means)
    return [
        Value(mean=mean, sd=row.get(f"{name}_sd"), best=mean == best)
        for mean, row in zip(means, rows, strict=True)
    ]


def _point(line: Line) -> Point:
    return Point(
        title=line.title,
        gain=line.gain.mean,
        spread=line.gain.sd or 0.0,
        gflops=line.cost["flops"] / 1e9,
        latency_ms=line.cost["latency_ms"],
        megaparameters=line.cost["parameters"] / 1e6,
    )


__all__ = ["Comparison", "Line", "Task", "render"]
