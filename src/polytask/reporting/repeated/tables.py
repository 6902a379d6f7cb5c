"""What the rows of a table reached in each repetition, and their mean and spread."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from polytask.errors import UserError
from polytask.metrics.gain import relative_gains
from polytask.protocols import Protocol, protocol_of
from polytask.reporting.rows import Rows
from polytask.reporting.tables import agreed

GAIN = "delta_m"
"""The column of the mean gain over a table's baseline, in percent."""


@dataclass(frozen=True)
class Spread:
    """A mean over `count` repetitions and their standard deviation: None of fewer than two."""

    mean: float
    sd: float | None
    count: int


@dataclass(frozen=True, kw_only=True)
class RepeatedRow:
    """A method: its `spreads` by column as the table has them, and `runs` by repetition."""

    method: str
    title: str
    count: int
    num_parameters: float
    spreads: Mapping[str, Spread]
    runs: Mapping[int, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class RepeatedTable:
    """results/sak/{name}.csv and its repetitions; gains are measured against `baseline`, if any."""

    name: str
    baseline: str | None
    protocols: Mapping[str, Protocol]
    rows: Mapping[str, RepeatedRow]

    def values(self, method: str, repetition: int) -> dict[str, float]:
        """What a method reached by task, of the tasks that it has."""
        run = self.rows[method].runs[repetition]
        return {
            task: run[protocol.column]
            for task, protocol in self.protocols.items()
            if protocol.column in run
        }

    def gains(self, method: str, other: str) -> dict[int, dict[str, float]]:
        """By repetition, how much better a method is than another one, in percent by task.

        Of repetitions and tasks that both have.
        """
        better = {task: p.higher_is_better for task, p in self.protocols.items()}
        found = {}
        for repetition in common(self.rows[method].runs, self.rows[other].runs):
            ours, theirs = self.values(method, repetition), self.values(other, repetition)
            both = {task: value for task, value in ours.items() if task in theirs}
            found[repetition] = relative_gains(both, theirs, better)
        return found


def spread_of(values: Iterable[float]) -> Spread:
    """Mean and standard deviation (of a sample) of some values, one at least."""
    found = list(values)
    return Spread(fmean(found), stdev(found) if len(found) > 1 else None, len(found))


def common(*keyed: Mapping[int, Any]) -> list[int]:
    """The repetitions that all have, in their order."""
    return sorted(set.intersection(*(set(each) for each in keyed)))


def repeated_table(name: str, rows: Rows, runs: Rows, baseline: str | None) -> RepeatedTable:
    """A table out of the rows of both of its files.

    Raises UserError where a row lacks its repetitions, or where two rows were not measured alike.
    """
    by_method: dict[str, dict[int, Mapping[str, float]]] = {}
    for run in runs:
        values = {key: value for key, value in run.items() if isinstance(value, float)}
        by_method.setdefault(run["method"], {})[int(run["repetition"])] = values
    for row in rows:
        if row["method"] not in by_method:
            raise UserError(
                f"results/sak/{name}_repetitions.csv: no method {row['method']!r}, which "
                f"{name}.csv has; make both again"
            )
    return RepeatedTable(
        name=name,
        baseline=baseline,
        protocols=_protocols(name, rows),
        rows={row["method"]: _row(row, by_method[row["method"]]) for row in rows},
    )


def _row(row: Mapping[str, Any], runs: Mapping[int, Mapping[str, float]]) -> RepeatedRow:
    count = int(row["repetitions"])
    columns = [key.removesuffix("_mean") for key in row if key.endswith("_mean")]
    sds = {column: row.get(f"{column}_sd") if count > 1 else None for column in columns}
    return RepeatedRow(
        method=row["method"],
        title=row["title"],
        count=count,
        num_parameters=row["num_parameters"],
        spreads={c: Spread(row[f"{c}_mean"], sds[c], count) for c in columns},
        runs=runs,
    )


def _protocols(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Protocol]:
    chosen = [(row["method"], _chosen(row)) for row in rows]
    return agreed(
        (f"results/sak/{name}.csv: {method}", protocol_of(task, by_task))
        for method, by_task in chosen
        for task in by_task
    )


def _chosen(row: Mapping[str, Any]) -> dict[str, str]:
    """The names of a row's protocols by task."""
    return dict(word.split("=") for word in row["protocols"].split())
