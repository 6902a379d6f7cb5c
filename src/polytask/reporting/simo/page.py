"""The report on SIMO: one self-contained HTML page out of metrics, searches and analyses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.metrics.gain import normalised_by_task
from polytask.papers.published import panels
from polytask.reporting.frame import Judged, PageConfig, framed
from polytask.reporting.paper import DELTAS as PRINTED
from polytask.reporting.paper import paper_efficiency, paper_tables
from polytask.reporting.rendering import filled
from polytask.reporting.rows import Rows
from polytask.reporting.simo import figures
from polytask.reporting.simo.claims import check_claims, mean_retention
from polytask.reporting.simo.methods import merge_of, realigned
from polytask.reporting.simo.relations import best_changes
from polytask.reporting.tables import better_in
from polytask.tasks import TASKS

DELTAS = ("delta_normalised", "delta_m")


@dataclass(frozen=True, kw_only=True)
class SimoPageConfig(PageConfig):
    """`joint` is the multi-task model that re-aligned ones are compared with."""

    joint: str


@dataclass(frozen=True, kw_only=True)
class Findings(Judged):
    """Everything that the page shows, read from the files of earlier rules.

    `searches` maps a merge to its scales, `relationships` a task vector to its scales. What was
    not made is empty: `relationships`, `retention`, `coefficients`.
    """

    searches: Mapping[str, Rows]
    relationships: Mapping[str, Rows]
    retention: Rows
    coefficients: Rows
    efficiency: Rows


def render(findings: Findings, config: SimoPageConfig) -> str:
    """The page as text.

    Raises UserError where `show`, `baseline` or `joint` is not among the methods, or where the
    relationships lack scale 0.
    """
    joint = findings.named(config.joint, "report_simo.joint")
    pictured = [m["method"] for m in findings.metrics if m["method"] in findings.samples]
    frame = framed(findings, config, pictured, num_scenes=4, rule="report_simo")
    rows = frame["rows"]
    deltas = {row["method"]: row["delta_normalised"] for row in rows}
    claims = check_claims(
        deltas,
        list(findings.searches),
        baseline=config.baseline,
        joint=config.joint,
        kept=mean_retention(findings.retention),
    )
    return filled(
        "simo.html.jinja",
        **frame,
        joint=joint,
        kept=_kept(findings, config.baseline),
        best_deltas={name: max(row[name] for row in rows) for name in DELTAS},
        merge=merge_of(config.show, deltas),
        deltas=deltas,
        claims=list(claims),
        efficiency=findings.efficiency,
        trained={row["method"]: row["trained_parameters"] for row in findings.efficiency},
        relations=_relations(findings.relationships),
        figure={name: Markup(text) for name, text in _figures(findings, deltas).items()},
        delta=PRINTED["simo"],
        papers=list(
            paper_tables(
                panels("simo"), rows, config.dataset, frame["protocols"], delta=PRINTED["simo"]
            )
        ),
        paper_efficiency=paper_efficiency(findings.efficiency, config.dataset),
    )


def _kept(findings: Findings, baseline: str) -> dict[str, dict[str, float]]:
    """Per method and task the share of the baseline's performance, in percent."""
    values = {m["method"]: {t: v["value"] for t, v in m["tasks"].items()} for m in findings.metrics}
    better = better_in(findings.metrics)
    return {m: normalised_by_task(found, values[baseline], better) for m, found in values.items()}


def _relations(found: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """A row per task vector: its task, and per task the change and how strong its colour is.

    The strongest change of a task by another one's vector has the full colour.
    """
    changes = best_changes(found)
    others = [abs(v) for own, row in changes.items() for task, v in row.items() if task != own]
    full = max(others, default=0) or 1
    return [
        {
            "task": TASKS[vector],
            "cells": [
                {"task": TASKS[task], "change": v, "strength": 60 * min(1, abs(v) / full)}
                for task, v in row.items()
            ],
        }
        for vector, row in changes.items()
    ]


def _figures(findings: Findings, deltas: Mapping[str, float]) -> dict[str, str]:
    titles = {m["method"]: m["title"] for m in findings.metrics}
    searches = {titles.get(merge, merge): rows for merge, rows in findings.searches.items()}
    relations, coefficients = findings.relationships, findings.coefficients
    after = {titles[name]: 100 + deltas[name] for name in realigned(findings.searches, deltas)}
    return {
        "search": figures.search(searches) if searches else "",
        "retention": figures.retention(findings.retention, after) if findings.retention else "",
        "relationships": figures.relationships(relations) if relations else "",
        "coefficients": figures.coefficients(coefficients) if coefficients else "",
    }
