"""The paper's own tables, and our numbers beside them where the data set is the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from polytask.protocols import Protocol
from polytask.reporting.rows import Rows


@dataclass(frozen=True)
class Cell:
    """A printed value and, in percent, what share of the single-task model's it is; then ours."""

    printed: float
    kept: float | None = None
    ours: float | None = None


@dataclass(frozen=True)
class Line:
    """One method: the cells in the order of the table's columns, and both deltas.

    `ours` is None where the method did not run, or was not measured as the paper's were.
    """

    title: str
    cells: Sequence[Cell]
    delta: float | None
    ours: float | None
    ran: bool


@dataclass(frozen=True, kw_only=True)
class PaperTable:
    """One table as printed; `same` where this run is on its data set.

    A column says by which protocol the task was measured `here` (None: it was not), and whether
    that is the paper's (`alike`).
    """

    source: str
    title: str
    columns: Sequence[Mapping[str, Any]]
    lines: Sequence[Line]
    same: bool


def published() -> dict[str, Any]:
    """Tables 1 to 4 of SIMO, as reporting/published/simo.yaml has them."""
    text = files("polytask.reporting").joinpath("published/simo.yaml").read_text()
    return yaml.safe_load(text)


def paper_tables(
    rows: Rows, dataset: str, protocols: Mapping[str, Protocol]
) -> Iterator[PaperTable]:
    """Tables 1 to 3; ours are the rows of results/tables/simo.csv, measured by `protocols`.

    A value of ours stands in a cell where the protocol is the same as well, our delta where the
    tasks and all of their protocols are.
    """
    document, ours = published(), {row["method"]: row for row in rows}
    for table in document["performance"]:
        same = table["dataset"] == dataset
        here = ours if same else {}
        columns = _columns(table["tasks"], protocols if same else {})
        alike = {task: protocols[task].column for task in columns if columns[task]["alike"]}
        all_alike = alike.keys() == columns.keys() == protocols.keys()
        yield PaperTable(
            source=table["source"],
            title=table["title"],
            columns=list(columns.values()),
            lines=[
                Line(
                    title=document["methods"][method],
                    cells=[
                        Cell(*printed[task], here.get(method, {}).get(alike.get(task)))
                        for task in columns
                    ],
                    delta=printed["delta"],
                    ours=here.get(method, {}).get("delta_normalised") if all_alike else None,
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


def _columns(
    tasks: Mapping[str, Mapping[str, Any]], protocols: Mapping[str, Protocol]
) -> dict[str, dict[str, Any]]:
    """What the table says of its tasks, and by which protocol each was measured here."""
    here = {task: protocols[task].name if task in protocols else None for task in tasks}
    return {
        task: {
            **about,
            "here": here[task],
            "alike": here[task] is not None and here[task] == about.get("protocol"),
        }
        for task, about in tasks.items()
    }
