"""The report: one self-contained HTML page out of metrics, samples, curves and records."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from polytask.errors import UserError
from polytask.lineage.page import anchor
from polytask.metrics.gain import relative_gains
from polytask.records.files import Record
from polytask.reporting import figures, sheets
from polytask.reporting.claims import check_orderings, mean_similarity
from polytask.reporting.colours import CLASSES, PARTS, depth_gradient
from polytask.reporting.dag import graph_svg
from polytask.reporting.jobs import rule_graph, rule_times, software
from polytask.reporting.lineages import Lineages
from polytask.reporting.tables import BETTER, best_of, column, table_rows
from polytask.tasks import PARTS as PART_NAMES
from polytask.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that the page shows, read from the files of earlier rules.

    `curves` maps a run's name to its logged steps, `statistics` a teacher to its levels,
    `samples` a method to its arrays, `records` an output's path to its provenance record.
    `lineages` is None where nothing is known of the table.
    """

    metrics: Sequence[Mapping[str, Any]]
    samples: Mapping[str, Mapping[str, np.ndarray]]
    curves: Mapping[str, figures.Curve]
    biases: Mapping[str, Any]
    similarity: Mapping[str, Any]
    statistics: Mapping[str, Sequence[Mapping[str, float]]]
    records: Mapping[str, Record]
    lineages: Lineages | None


def render(findings: Findings, *, banner: str, show: str, baseline: str, dataset: str) -> str:
    """The page as text. `show` is the method whose pictures and gates are shown.

    Raises UserError where `show` or `baseline` is not among the methods.
    """
    by_method = {m["method"]: m for m in findings.metrics}
    if show not in by_method:
        raise UserError(f"report.show: no method {show!r}; there are {', '.join(by_method)}")
    shown = by_method[show]
    tasks = list(shown["tasks"])
    rows = table_rows(findings.metrics, baseline)
    gains = _gains(findings.metrics, baseline)
    drawn = _figures(findings, shown, gains)
    titles = {method: by_method[method]["title"] for method in dict.fromkeys((show, baseline))}
    return _template().render(
        banner=banner,
        dataset=dataset,
        shown=shown,
        baseline=by_method[baseline],
        tasks=[TASKS[task] for task in tasks],
        column=column,
        rows=rows,
        gains=gains,
        best={task: best_of(rows, task) for task in tasks},
        best_gain=max(row["delta_m"] for row in rows),
        shown_row=next(row for row in rows if row["method"] == show),
        orderings=list(check_orderings(rows, findings.similarity)),
        biases=findings.biases,
        similarity=list(_similarity(findings.similarity)),
        figure={name: Markup(text) for name, text in drawn.items()},
        scenes=list(sheets.scenes(findings.samples, titles, tasks, count=8)),
        legends=_legends(tasks, shown["classes"]),
        depth_gradient=Markup(depth_gradient()),
        facts=software(findings.records),
        records=findings.records,
        lineages=findings.lineages,
    )


def read_curve(path: Path) -> figures.Curve:
    """The logged steps of a curves.csv file."""
    with path.open(newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def _template() -> Any:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["number"] = lambda value, digits=2: f"{value:.{digits}f}".replace("-", "−")
    environment.filters["signed"] = lambda value, digits=1: f"{value:+.{digits}f}".replace("-", "−")
    environment.filters["bytes"] = _bytes
    environment.filters["anchor"] = anchor
    text = files("polytask.reporting").joinpath("templates/report.html.jinja").read_text()
    return environment.from_string(text)


def _bytes(count: int) -> str:
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def _gains(metrics: Sequence[Mapping[str, Any]], baseline: str) -> dict[str, dict[str, float]]:
    """Per method the gain over the baseline in percent of every task."""
    values = {m["method"]: {t: v["value"] for t, v in m["tasks"].items()} for m in metrics}
    return {m: relative_gains(found, values[baseline], BETTER) for m, found in values.items()}


def _figures(
    findings: Findings, shown: Mapping[str, Any], gains: Mapping[str, Mapping[str, float]]
) -> dict[str, str]:
    show, titles = shown["method"], {m["method"]: m["title"] for m in findings.metrics}
    stage1 = {
        n.split("/")[1]: c for n, c in findings.curves.items() if n.startswith("distill/") and c
    }
    above = {titles[m]: found for m, found in gains.items() if any(found.values())}
    graph, times = rule_graph(findings.records), rule_times(findings.records)
    notes = {rule: f"{count} × {_short(sum_ / count)}" for rule, (count, sum_) in times.items()}
    return {
        "gains": figures.task_gains(above) if above else "",
        "biases": figures.biases(findings.biases["relative"]),
        "gates": figures.gates(shown["gates"], shown["experts"]) if shown["gates"] else "",
        "stage1": figures.curves(stage1, "loss", show) if stage1 else "",
        "stage2": figures.task_curves(_stage2(findings, list(shown["tasks"])), titles[show]),
        "norms": figures.norms(findings.statistics) if findings.statistics else "",
        "dag": graph_svg(graph, notes) if graph else "",
    }


def _stage2(findings: Findings, tasks: list[str]) -> dict[str, dict[str, figures.Curve]]:
    """Per method and task the curve with that task's loss: its own run's, or that of all tasks."""
    found: dict[str, dict[str, figures.Curve]] = {}
    for metrics in findings.metrics:
        base = f"downstream/{metrics['method']}"
        everything = findings.curves.get(f"{base}/all", [])
        found[metrics["title"]] = {
            task: findings.curves.get(f"{base}/{task}", everything) for task in tasks
        }
    return found


def _short(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds / 60:.1f} min"


def _similarity(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rep Sim as rows: a student and a teacher each, and what the cosine is taken of."""
    for student, teachers in found.items():
        for teacher, values in teachers.items():
            yield {
                "student": student,
                "num_teachers": len(teachers),
                "first": teacher == next(iter(teachers)),
                "mean": mean_similarity(teachers),
                "teacher": teacher,
                "centred": values["centred"],
                "position": values["centred_per_position"],
                "raw": values["raw"],
                "before": (values["before_aligner"] or {}).get("centred"),
            }


def _legends(tasks: Sequence[str], classes: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    names = {"semseg": (classes, CLASSES), "human_parts": (PART_NAMES, PARTS)}
    return {
        TASKS[task].title: [(name, f"#{bytes(table[i]).hex()}") for i, name in enumerate(labels)]
        for task, (labels, table) in names.items()
        if task in tasks
    }
