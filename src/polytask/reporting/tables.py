"""The table of methods: one row each, one column per task, and the gain over the baseline."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.metrics.gain import delta_m, normalised_performance
from polytask.tasks import TASKS

BETTER = {name: task.higher_is_better for name, task in TASKS.items()}


def column(task: str) -> str:
    """The name of a task's column: the task and what it is measured by."""
    return f"{task}_{TASKS[task].metric}"


def table_rows(metrics: Sequence[Mapping[str, Any]], baseline: str) -> list[dict[str, Any]]:
    """A row per method from the contents of the metrics.json files.

    Columns: method, title, {task}_{metric} ..., delta_m and delta_normalised (both in percent
    against `baseline`: the mean relative gain, and the mean normalised performance less 100),
    num_parameters. Raises UserError where the baseline is not among the methods.
    """
    values = {m["method"]: {task: v["value"] for task, v in m["tasks"].items()} for m in metrics}
    if baseline not in values:
        raise UserError(
            f"downstream.baseline: no method {baseline!r}; there are {', '.join(values)}"
        )
    return [
        {
            "method": m["method"],
            "title": m["title"],
            **{column(task): value for task, value in values[m["method"]].items()},
            **deltas(values[m["method"]], values[baseline]),
            "num_parameters": m["num_parameters"],
        }
        for m in metrics
    ]


def write_table(path: Path, metrics: Sequence[Mapping[str, Any]], baseline: str) -> None:
    """Write `table_rows` as CSV."""
    write_rows(path, table_rows(metrics, baseline))


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV with the columns of the first, numbers with six significant digits."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows({k: _rounded(v) for k, v in row.items()} for row in rows)


def best_of(rows: Sequence[Mapping[str, Any]], task: str) -> float:
    """The best value of a task's column."""
    values = [row[column(task)] for row in rows if column(task) in row]
    return max(values) if BETTER[task] else min(values)


def deltas(values: Mapping[str, float], baseline: Mapping[str, float]) -> dict[str, float]:
    """Both gains over the baseline in percent: the mean gain, and what SIMO's tables print."""
    return {
        "delta_m": delta_m(values, baseline, BETTER),
        "delta_normalised": normalised_performance(values, baseline, BETTER) - 100,
    }


def _rounded(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
