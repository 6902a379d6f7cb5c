"""The paper's own tables, and our numbers beside them where the data set is the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from polytask.reporting.rows import Rows
from polytask.reporting.tables import column
from polytask.tasks import TASKS


@dataclass(frozen=True)
class Cell:
    """A printed value and, in percent, what share of the single-task model's it is; then ours."""

    printed: float
    kept: float | None = None
    ours: float | None = None


@dataclass(frozen=True)
class Line:
    """One method: the cells in the order of the table's columns, and both deltas."""

    title: str
    cells: Sequence[Cell]
    delta: float | None
    ours: float | None
    ran: bool


@dataclass(frozen=True, kw_only=True)
class PaperTable:
    """One table as printed; `same` where this run is on its data set."""

    source: str
    title: str
    columns: Sequence[Mapping[str, Any]]
    lines: Sequence[Line]
    same: bool


def published() -> dict[str, Any]:
    """Tables 1 to 4 of SIMO, as reporting/published/simo.yaml has them."""
    text = files("polytask.reporting").joinpath("published/simo.yaml").read_text()
    return yaml.safe_load(text)


def paper_tables(rows: Rows, dataset: str) -> Iterator[PaperTable]:
    """Tables 1 to 3; ours are the rows of results/tables/simo.csv.

    A value of ours stands in a cell where the metric is the same as well.
    """
    document, ours = published(), {row["method"]: row for row in rows}
    for table in document["performance"]:
        same = table["dataset"] == dataset
        here = ours if same else {}
        yield PaperTable(
            source=table["source"],
            title=table["title"],
            columns=list(table["tasks"].values()),
            lines=[
                Line(
                    title=document["methods"][method],
                    cells=[
                        Cell(*printed[task], _ours(here.get(method), task, about["metric"]))
                        for task, about in table["tasks"].items()
                    ],
                    delta=printed["delta"],
                    ours=here[method]["delta_normalised"] if method in here else None,
                    ran=method in here,
                )
                for method, printed in table["rows"].items()
            ],
            same=same,
        )


def paper_efficiency(efficiency: Rows, dataset: str) -> PaperTable:
    """Table 4; ours are the rows of results/tables/efficiency.csv."""
    document, table = published(), published()["efficiency"]
    same = table["dataset"] == dataset
    ours = {row["method"]: row for row in efficiency} if same else {}
    return PaperTable(
        source=table["source"],
        title=table["title"],
        columns=[
            {"title": "Steps"}, {"title": "Trained parameters"}, {"title": "Images"},
        ],
        lines=[
            Line(
                title=document["methods"][method],
                cells=[Cell(value, None, ours.get(method, {}).get(name))
                       for name, value in printed.items()],
                delta=None,
                ours=None,
                ran=method in ours,
            )
            for method, printed in table["rows"].items()
        ],
        same=same,
    )  # fmt: skip


def _ours(row: Mapping[str, Any] | None, task: str, metric: str) -> float | None:
    alike = row is not None and task in TASKS and TASKS[task].metric == metric
    return row.get(column(task)) if row and alike else None
