"""The report on VTA: one self-contained HTML page of metrics, affinities, pictures and records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.drawing.colours import legends, ramps
from polytask.errors import UserError
from polytask.reporting.figures import curve_panels
from polytask.reporting.frame import Judged, origin_of
from polytask.reporting.rendering import filled
from polytask.reporting.rows import Rows
from polytask.reporting.vta.affinities import affinity_map, asymmetry, cosine_map, is_uniform
from polytask.reporting.vta.claims import CLOSE, Comparison, counts, judge_claims, judge_efforts
from polytask.reporting.vta.config import VtaPageConfig
from polytask.reporting.vta.efforts import Effort, efforts_of
from polytask.reporting.vta.figures import task_weights
from polytask.reporting.vta.settings import SettingTable, protocols_of, setting_tables
from polytask.reporting.vta.sheets import Sheet, sheets_of
from polytask.tasks import TASKS

JOINT = "all"
"""The folder of a model of all its tasks; another model has one per task."""
VANILLA = "multi"
"""The model of all tasks whose whole backbone is trained."""


@dataclass(frozen=True, kw_only=True)
class Findings(Judged):
    """Everything that the page shows, read from the files of earlier rules.

    `curves` maps a model and its tasks ("all", or one) to the logged steps, `efforts` the path of
    an effort.json to its contents, `affinities` a model to the contents of its affinities.json.
    """

    curves: Mapping[tuple[str, str], Rows]
    efforts: Mapping[str, Mapping[str, Any]]
    affinities: Mapping[str, Mapping[str, Any]]


def render(findings: Findings, config: VtaPageConfig) -> str:
    """The page as text.

    Raises UserError where `show` has no affinities, or where the rows of a setting were not
    measured alike.
    """
    if config.show not in findings.affinities:
        raise UserError(
            f"vta.show: no affinities of {config.show!r}; there are "
            f"{', '.join(findings.affinities) or 'none'}"
        )
    tables = setting_tables(findings, config)
    titles = _titles(findings, config)
    efforts = _efforts(findings, config, titles)
    claims = judge_claims(findings.metrics)
    of_efforts = _effort_claims(efforts, config.show)
    compared = [*of_efforts, *(each for claim in claims for each in claim.comparisons)]
    columns = protocols_of(tables)
    sheets = sheets_of(findings, config)
    return filled(
        "vta.html.jinja",
        **origin_of(findings, config.heading, "report_vta"),
        config=config,
        title=titles[config.show],
        tables=tables,
        protocols=columns,
        columns={column.task.name: column for column in columns},
        rows=_rows(tables),
        claims=claims,
        effort_claims=of_efforts,
        effort_baseline=titles.get(VANILLA),
        counts=counts(compared),
        num_claims=len(compared),
        close=100 * CLOSE,
        sheets=sheets,
        **_keys(findings, sheets),
        efforts=efforts,
        devices=sorted({device for each in efforts for device in each.devices}),
        steps_differ=len({steps for each in efforts for steps in each.steps}) > 1,
        curves=Markup(_curves(findings, config, titles)),
        **_affinities(findings, config.show, titles),
        weights=Markup(_weights(findings, config.show)),
    )


def _titles(findings: Findings, config: VtaPageConfig) -> dict[str, str]:
    """What the models of all settings are called."""
    return {
        model: findings.named(setting.row_name(model), f"vta.tables.{name}.rows")["title"]
        for name, setting in config.tables.items()
        for model in setting.rows
    }


def _rows(tables: Sequence[SettingTable]) -> list[dict[str, Any]]:
    """Every row once, with the title of what its gains are measured against."""
    rows: dict[str, dict[str, Any]] = {}
    for table in tables:
        for row in table.rows:
            rows.setdefault(row["method"], {**row, "baseline": table.baseline})
    return list(rows.values())


def _efforts(findings: Findings, config: VtaPageConfig, titles: Mapping[str, str]) -> list[Effort]:
    rows = {each["method"]: each for each in findings.metrics}
    parameters = {
        model: rows[setting.row_name(model)]["num_parameters"]
        for setting in config.tables.values()
        for model in setting.rows
    }
    return efforts_of(findings.efforts, findings.records, titles, parameters)


def _effort_claims(efforts: Sequence[Effort], show: str) -> list[Comparison]:
    """What is shown against the whole backbone trained on the same tasks (VTA, Table 6)."""
    found = {each.model: each for each in efforts}
    return judge_efforts(found[show], found[VANILLA]) if {show, VANILLA} <= found.keys() else []


def _keys(findings: Findings, sheets: Sequence[Sheet]) -> dict[str, Any]:
    """What the colours of the pictures mean."""
    tasks = list(dict.fromkeys(task.name for sheet in sheets for task in sheet.tasks))
    classes = next((each["classes"] for each in findings.metrics if each["classes"]), [])
    return {
        "legends": legends(tasks, classes),
        "ramps": [(title, low, Markup(css), high) for title, low, css, high in ramps(tasks)],
        "has_normals": "normals" in tasks,
    }


def _affinities(findings: Findings, show: str, titles: Mapping[str, str]) -> dict[str, Any]:
    shown = findings.affinities[show]
    others = {
        titles.get(model, model): affinity_map(found)
        for model, found in findings.affinities.items()
        if model != show and not is_uniform(found)
    }
    return {
        "affinities": affinity_map(shown),
        "cosines": cosine_map(shown),
        "asymmetry": asymmetry(shown),
        "other_affinities": others,
    }


def _weights(findings: Findings, show: str) -> str:
    curve = findings.curves.get((show, JOINT), [])
    return task_weights(curve, findings.affinities[show]["tasks"])


def _curves(findings: Findings, config: VtaPageConfig, titles: Mapping[str, str]) -> str:
    """A panel per task of the model that is shown, a line per model that has all of them."""
    tasks = findings.affinities[config.show]["tasks"]
    panels: dict[str, dict[str, tuple[Rows, str]]] = {TASKS[task].title: {} for task in tasks}
    for model, title in titles.items():
        curves = {
            task: findings.curves.get((model, task)) or findings.curves.get((model, JOINT), [])
            for task in tasks
        }
        if all(curve and task in curve[-1] for task, curve in curves.items()):
            for task, curve in curves.items():
                panels[TASKS[task].title][title] = (curve, task)
    return curve_panels(panels, titles[config.show]) if all(panels.values()) else ""
