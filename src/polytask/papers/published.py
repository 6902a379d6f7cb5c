"""What the papers printed: published/{paper}.yaml, a file per paper, as they stand there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

PAPERS = ("sak", "simo", "argus", "vta")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Printed:
    """A row as printed: `cells` maps tasks to a value and, where it says so, the share in percent
    of the single-task model's; `delta` in percent, `parameters` in millions.
    """

    title: str
    cells: Mapping[str, tuple[float, float | None]]
    delta: float | None
    parameters: float | None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One table of a paper, or the part of a figure that is about one data set.

    `experiment` is what `snakemake` is asked for. Rows are called as methods; those of `study` fill
    the table, compared with `baseline` if any, and `draws` names what is drawn of them. Without a
    `study` the table is on the page of one (`pages`), if at all; without a `dataset` every column
    names its own.
    """

    paper: str
    experiment: str
    source: str
    title: str
    tasks: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, Printed]
    dataset: str | None = None
    study: str | None = None
    baseline: str | None = None
    draws: str | None = None


@cache
def document(paper: str) -> Mapping[str, Any]:
    """A file of published/ as it stands."""
    text = files("polytask.papers").joinpath(f"published/{paper}.yaml").read_text()
    return yaml.load(text, Loader=LOADER)


def panels(paper: str) -> Sequence[Panel]:
    """Every table of a paper, in its order."""
    found = document(paper)
    return [_panel(paper, table, found["methods"]) for table in found["performance"]]


def experiments() -> dict[str, list[Panel]]:
    """The panels of every experiment that has a page of its own, by its name."""
    found: dict[str, list[Panel]] = {}
    for panel in (panel for paper in PAPERS for panel in panels(paper) if panel.study):
        found.setdefault(panel.experiment, []).append(panel)
    return found


def pages() -> dict[str, tuple[str, str]]:
    """Every other experiment: its paper, and the study whose page shows it."""
    return {
        experiment: (paper, study)
        for paper in PAPERS
        for experiment, study in document(paper).get("pages", {}).items()
    }


def _panel(paper: str, table: Mapping[str, Any], titles: Mapping[str, str]) -> Panel:
    rows = {name: _row(titles[name], row, table["tasks"]) for name, row in table["rows"].items()}
    return Panel(paper=paper, **{**table, "rows": rows})


def _row(title: str, row: Mapping[str, Any], tasks: Mapping[str, Any]) -> Printed:
    cells = {
        task: (row[task][0], row[task][1]) if isinstance(row[task], list) else (row[task], None)
        for task in tasks
        if task in row
    }
    return Printed(title, cells, row.get("delta"), row.get("parameters"))
