"""The report on SAK: one self-contained HTML page out of metrics, samples, curves and records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.metrics.gain import relative_gains
from polytask.papers.published import panels
from polytask.reporting import figures
from polytask.reporting.claims import check_orderings, mean_similarity
from polytask.reporting.frame import Judged, PageConfig, framed
from polytask.reporting.paper import DELTAS, paper_tables
from polytask.reporting.rendering import filled
from polytask.reporting.tables import better_in


@dataclass(frozen=True, kw_only=True)
class Findings(Judged):
    """Everything that the page shows, read from the files of earlier rules.

    `curves` maps a run's name to its logged steps, `statistics` a teacher to its levels.
    """

    curves: Mapping[str, figures.Curve]
    biases: Mapping[str, Any]
    similarity: Mapping[str, Any]
    statistics: Mapping[str, Sequence[Mapping[str, float]]]


def render(findings: Findings, config: PageConfig) -> str:
    """The page as text; of `config.show` the gates are shown as well.

    Raises UserError where `show` or `baseline` is not among the methods.
    """
    pictured = dict.fromkeys((config.show, config.baseline))
    frame = framed(findings, config, pictured, num_scenes=8, rule="report")
    rows = frame["rows"]
    gains = _gains(findings.metrics, config.baseline)
    drawn = _figures(findings, frame["shown"], gains)
    return filled(
        "report.html.jinja",
        **frame,
        gains=gains,
        best_gain=max(row["delta_m"] for row in rows),
        orderings=list(check_orderings(rows, findings.similarity)),
        biases=findings.biases,
        similarity=list(_similarity(findings.similarity)),
        figure={name: Markup(text) for name, text in drawn.items()},
        delta=DELTAS["sak"],
        papers=list(
            paper_tables(
                panels("sak"), rows, config.dataset, frame["protocols"], delta=DELTAS["sak"]
            )
        ),
    )


def _gains(metrics: Sequence[Mapping[str, Any]], baseline: str) -> dict[str, dict[str, float]]:
    """Per method the gain over the baseline in percent of every task."""
    values = {m["method"]: {t: v["value"] for t, v in m["tasks"].items()} for m in metrics}
    better = better_in(metrics)
    return {m: relative_gains(found, values[baseline], better) for m, found in values.items()}


def _figures(
    findings: Findings, shown: Mapping[str, Any], gains: Mapping[str, Mapping[str, float]]
) -> dict[str, str]:
    show, titles = shown["method"], {m["method"]: m["title"] for m in findings.metrics}
    stage1 = {
        n.split("/")[1]: c for n, c in findings.curves.items() if n.startswith("distill/") and c
    }
    above = {titles[m]: found for m, found in gains.items() if any(found.values())}
    return {
        "gains": figures.task_gains(above) if above else "",
        "biases": figures.biases(findings.biases["relative"]),
        "gates": figures.gates(shown["gates"], shown["experts"]) if shown["gates"] else "",
        "stage1": figures.curves(stage1, "loss", show) if stage1 else "",
        "stage2": figures.task_curves(_stage2(findings, list(shown["tasks"])), titles[show]),
        "norms": figures.norms(findings.statistics) if findings.statistics else "",
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
