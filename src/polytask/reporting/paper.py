"""The papers' own tables, and our numbers beside them where the data set is the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polytask.papers.published import Panel, document
from polytask.protocols import Protocol, protocol_of
from polytask.reporting.rows import Rows


@dataclass(frozen=True)
class Cell:
    """A printed value and, in percent, what share of the single-task model's it is; then ours.

    Each is None where there is none.
    """

    printed: float | None
    kept: float | None = None
    ours: float | None = None


@dataclass(frozen=True)
class Line:
    """One row: the cells in the order of the table's columns, parameters in millions, both deltas.

    `ours` is None where the method did not run, or was not measured as the paper's were.
    """

    title: str
    cells: Sequence[Cell]
    delta: float | None
    ours: float | None
    ran: bool
    parameters: Cell = Cell(None)


@dataclass(frozen=True, kw_only=True)
class Delta:
    """A paper's gain over its baseline: how it is printed, what ours is called and its column."""

    column: str
    printed: str
    ours: str
    digits: int


DELTAS = {
    "sak": Delta(column="delta_m", printed="Δₘ", ours="Δₘ", digits=2),
    "simo": Delta(column="delta_normalised", printed="Δ MTL", ours="Δ normalised", digits=1),
}
"""Of the papers that print one; Argus prints none."""


@dataclass(frozen=True, kw_only=True)
class PaperTable:
    """One table as printed; `same` where this run is on its data set.

    A column says by which protocol the task was measured `here` (None: it was not), and whether
    that is the paper's (`alike`). `experiment` is what `snakemake` makes it by.
    """

    source: str
    title: str
    columns: Sequence[Mapping[str, Any]]
    lines: Sequence[Line]
    same: bool
    experiment: str | None = None


def paper_tables(
    panels: Iterable[Panel],
    rows: Rows,
    dataset: str | None,
    protocols: Mapping[str, Protocol],
    *,
    delta: Delta | None,
) -> Iterator[PaperTable]:
    """The tables of a paper with the rows of ours that are called alike, measured by `protocols`.

    A value of ours stands in a cell where the protocol is the same as well, our `delta` where
    the tasks and all of their protocols are.
    """
    ours = {row["method"]: row for row in rows}
    for panel in panels:
        same = panel.dataset == dataset
        here = ours if same else {}
        columns = _columns(panel.tasks, protocols if same else {})
        alike = {task: protocols[task].column for task in columns if columns[task]["alike"]}
        all_alike = alike.keys() == columns.keys() == protocols.keys()
        yield PaperTable(
            experiment=panel.experiment,
            source=panel.source,
            title=panel.title,
            columns=list(columns.values()),
            lines=[
                Line(
                    title=printed.title,
                    cells=[
                        Cell(*printed.cells.get(task, (None, None)),
                             here.get(method, {}).get(alike.get(task)))
                        for task in columns
                    ],
                    delta=printed.delta,
                    ours=here.get(method, {}).get(delta.column) if delta and all_alike else None,
                    ran=method in here,
                    parameters=Cell(printed.parameters, None, _millions(here.get(method))),
                )
                for method, printed in panel.rows.items()
            ],
            same=same,
        )  # fmt: skip


def paper_efficiency(efficiency: Rows, dataset: str) -> PaperTable:
    """SIMO's Table 4; ours are the rows of results/tables/efficiency.csv."""
    found = document("simo")
    table = found["efficiency"]
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
                title=found["methods"][method],
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


def protocols_of(rows: Rows) -> dict[str, Protocol]:
    """How each task was measured, as the `protocols` of a table's first row say."""
    pairs = dict(word.split("=") for word in rows[0]["protocols"].split())
    return {task: protocol_of(task, pairs) for task in pairs}


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


def _millions(row: Mapping[str, Any] | None) -> float | None:
    return row["num_parameters"] / 1e6 if row else None
