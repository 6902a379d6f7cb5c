"""The report: one self-contained HTML page out of metrics, samples, curves and records."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from polytask.metrics.gain import relative_gains
from polytask.reporting import figures, sheets
from polytask.reporting.colours import CLASSES, PARTS
from polytask.reporting.lineage import Record, graph_svg, rule_graph
from polytask.reporting.tables import BETTER, best_of, column, table_rows
from polytask.tasks import PARTS as PART_NAMES
from polytask.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that the page shows, read from the files of earlier rules.

    `curves` maps a run's name to its logged steps, `statistics` a teacher to its levels,
    `samples` a method to its arrays, `records` an output's path to its provenance record.
    """

    metrics: Sequence[Mapping[str, Any]]
    samples: Mapping[str, Mapping[str, np.ndarray]]
    curves: Mapping[str, figures.Curve]
    biases: Mapping[str, Any]
    similarity: Mapping[str, Any]
    statistics: Mapping[str, Sequence[Mapping[str, float]]]
    records: Mapping[str, Record]


def render(findings: Findings, *, banner: str, show: str, baseline: str, dataset: str) -> str:
    """The page as text. `show` is the method whose pictures and gates are shown."""
    template = files("polytask.reporting").joinpath("templates/report.html.jinja").read_text()
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["number"] = lambda value, digits=2: f"{value:.{digits}f}"
    shown = next(m for m in findings.metrics if m["method"] == show)
    tasks = list(shown["tasks"])
    rows = table_rows(findings.metrics, baseline)
    return environment.from_string(template).render(
        banner=banner,
        dataset=dataset,
        num_images=shown["num_images"],
        split=shown["split"],
        shown=shown,
        baseline=baseline,
        tasks=[TASKS[task] for task in tasks],
        column=column,
        rows=rows,
        best={task: best_of(rows, task) for task in tasks},
        biases=findings.biases,
        similarity=_similarity(findings.similarity),
        figure={name: Markup(text) for name, text in _figures(findings, shown, rows).items()},
        sheets=_sheets(findings, tasks, show, baseline),
        legends=_legends(shown["classes"]),
        facts=_facts(findings.records),
    )


def _figures(findings: Findings, shown: Mapping[str, Any], rows: list) -> dict[str, str]:
    stage1 = {n.split("/")[1]: c for n, c in findings.curves.items() if n.startswith("distill/")}
    stage2 = {
        n.split("/")[1]: c
        for n, c in findings.curves.items()
        if n.startswith("downstream/") and n.endswith("/all")
    }
    values = {m["method"]: {t: v["value"] for t, v in m["tasks"].items()} for m in findings.metrics}
    base = values[next(row["method"] for row in rows if row["delta_m"] == 0)]
    gains = {
        row["title"]: relative_gains(values[row["method"]], base, BETTER)
        for row in rows
        if row["delta_m"] != 0
    }
    return {
        "stage1": figures.curves(stage1),
        "stage2": figures.curves(stage2, "tasks"),
        "gates": figures.gates(shown["gates"], shown["experts"]) if shown["gates"] else "",
        "norms": figures.norms(findings.statistics) if findings.statistics else "",
        "biases": figures.biases(findings.biases["relative"]),
        "gains": figures.task_gains(gains) if gains else "",
        "dag": graph_svg(rule_graph(findings.records)),
    }


def _sheets(findings: Findings, tasks: list[str], show: str, baseline: str) -> list[dict[str, str]]:
    titles = {m["method"]: m["title"] for m in findings.metrics}
    return [
        {
            "title": titles[method],
            "uri": sheets.data_uri(sheets.task_sheet(findings.samples[method], tasks, count)),
        }
        for method, count in {show: 8, baseline: 3}.items()
    ]


def _similarity(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rep Sim as rows: a student and a teacher each, and what the cosine is taken of."""
    return [
        {
            "student": student,
            "teacher": teacher,
            "centred": values["centred"],
            "position": values["centred_per_position"],
            "raw": values["raw"],
            "before": (values["before_aligner"] or {}).get("centred"),
        }
        for student, teachers in found.items()
        for teacher, values in teachers.items()
    ]


def _legends(classes: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    def swatches(names: Sequence[str], table: np.ndarray) -> list[tuple[str, str]]:
        return [(name, f"#{bytes(table[i]).hex()}") for i, name in enumerate(names)]

    return {
        "Semantic segmentation": swatches(classes, CLASSES),
        "Human parts": swatches(PART_NAMES, PARTS),
    }


def _facts(records: Mapping[str, Record]) -> dict[str, str]:
    """What the numbers were made with, and how many different answers there are."""

    def all_of(*keys: str) -> str:
        found = set()
        for record in records.values():
            value: Any = record
            for key in keys:
                value = (value or {}).get(key)
            if value is None:  # a rule without, such as a table without a seed
                continue
            found.add(json.dumps(value) if isinstance(value, dict) else str(value))
        return ", ".join(sorted(found))

    return {
        "commit": all_of("git", "commit"),
        "uncommitted changes": all_of("git", "dirty"),
        "device": all_of("device"),
        "seed": all_of("seed"),
        "python": all_of("python"),
        "torch": all_of("packages", "torch"),
        "timm": all_of("packages", "timm"),
        "records": f"{len(records)} in provenance/",
    }


def read_curve(path: Path) -> figures.Curve:
    """The logged steps of a curves.jsonl file."""
    return [json.loads(line) for line in path.read_text().splitlines()]
