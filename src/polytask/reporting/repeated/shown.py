"""A table as it is shown: mean and spread, a printed one beside it in columns of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polytask.papers.published import Printed
from polytask.protocols import Protocol
from polytask.reporting.repeated.tables import GAIN, RepeatedRow, RepeatedTable
from polytask.tasks import TASKS, Task


@dataclass(frozen=True, kw_only=True)
class Counterpart:
    """A printed table, and which of its rows stands beside a row of ours by our names.

    `setting` is what was measured there, `others` are the rows that nothing of ours stands for.
    """

    source: str
    setting: str
    tasks: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, Printed]
    others: Sequence[Printed]

    @property
    def has_gains(self) -> bool:
        """Whether the paper prints a mean gain."""
        return any(row.delta is not None for row in (*self.rows.values(), *self.others))


Similarities = Mapping[str, tuple[float | None, float | None]]
"""Rep Sim by row, ours and printed."""


@dataclass(frozen=True)
class Column:
    """A task of ours, how it was measured, and the best mean where several rows have one."""

    task: Task
    protocol: Protocol
    best: float | None


@dataclass(frozen=True)
class Line:
    """A row of ours, of the paper, or of both; None where one of them lacks it."""

    ours: RepeatedRow | None
    printed: Printed | None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A table as it is shown; `best_gain` is the largest mean gain, `baseline` a title.

    `beside` is None where the paper has no such table; `similarity` maps a row to the Rep Sim of
    its student, ours and printed.
    """

    name: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    baseline: str | None
    best_gain: float | None
    beside: Counterpart | None
    similarity: Similarities

    @property
    def printed_columns(self) -> Mapping[str, Mapping[str, Any]]:
        """The tasks that the paper's table has."""
        return self.beside.tasks if self.beside else {}


def compared(
    table: RepeatedTable,
    beside: Counterpart | None = None,
    similarity: Similarities | None = None,
) -> Compared:
    """Our rows in their order, each beside its printed one, then those that only the paper has."""
    known = beside.rows if beside else {}
    gains = [row.spreads[GAIN].mean for row in table.rows.values() if GAIN in row.spreads]
    return Compared(
        name=table.name,
        columns=[
            Column(TASKS[task], protocol, _best(table, protocol))
            for task, protocol in table.protocols.items()
        ],
        lines=[
            *(Line(row, known.get(name)) for name, row in table.rows.items()),
            *(Line(None, row) for name, row in known.items() if name not in table.rows),
            *(Line(None, row) for row in (beside.others if beside else ())),
        ],
        baseline=table.rows[table.baseline].title if table.baseline in table.rows else None,
        best_gain=max(gains, default=None),
        beside=beside,
        similarity={k: v for k, v in (similarity or {}).items() if k in table.rows},
    )


def _best(table: RepeatedTable, protocol: Protocol) -> float | None:
    means = [
        row.spreads[protocol.column].mean
        for row in table.rows.values()
        if protocol.column in row.spreads
    ]
    if len(means) < 2:
        return None
    return max(means) if protocol.higher_is_better else min(means)
