"""The table of methods: one row each, one column per task, and the gain over the baseline."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.metrics.gain import delta_m, normalised_performance
from polytask.protocols import PROTOCOLS, Protocol, protocol_of


def protocols_in(metrics: Sequence[Mapping[str, Any]]) -> dict[str, Protocol]:
    """How each task was measured, from the contents of the metrics.json files.

    Raises UserError where two methods were not measured alike: no gain could be told.
    """
    return agreed(
        (method["method"], _protocol(task, about))
        for method in metrics
        for task, about in method["tasks"].items()
    )


def agreed(measured: Iterable[tuple[str, Protocol]]) -> dict[str, Protocol]:
    """The protocol of every task, from those that methods were measured by.

    Raises UserError, naming the method, where two were not measured alike.
    """
    found: dict[str, Protocol] = {}
    for method, protocol in measured:
        task = protocol.task
        if found.setdefault(task, protocol) != protocol:
            raise UserError(
                f"{method}: {task} was measured by {protocol.name!r}, that of other "
                f"methods by {found[task].name!r}; evaluate all of them by one protocol"
            )
    return found


def better_in(metrics: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Whether more is better of each task, from the contents of the metrics.json files."""
    return {task: protocol.higher_is_better for task, protocol in protocols_in(metrics).items()}


def table_rows(metrics: Sequence[Mapping[str, Any]], baseline: str | None) -> list[dict[str, Any]]:
    """A row per method from the contents of the metrics.json files.

    Columns: method, title, protocols (of every task, as "task=name"), {task}_{metric} ..., delta_m
    and delta_normalised (both in percent against `baseline`: the mean relative gain, and the mean
    normalised performance less 100; none without a baseline), num_parameters. Raises UserError
    where the baseline is not among the methods, or where they were not measured alike.
    """
    values = {m["method"]: {task: v["value"] for task, v in m["tasks"].items()} for m in metrics}
    protocols, better = protocols_in(metrics), better_in(metrics)
    if baseline is not None and baseline not in values:
        raise UserError(
            f"downstream.baseline: no method {baseline!r}; there are {', '.join(values)}"
        )
    return [
        {
            "method": m["method"],
            "title": m["title"],
            "protocols": " ".join(f"{task}={protocols[task].name}" for task in m["tasks"]),
            **{protocols[task].column: value for task, value in values[m["method"]].items()},
            **(deltas(values[m["method"]], values[baseline], better) if baseline else {}),
            "num_parameters": m["num_parameters"],
        }
        for m in metrics
    ]


def write_table(path: Path, metrics: Sequence[Mapping[str, Any]], baseline: str | None) -> None:
    """Write `table_rows` as CSV."""
    write_rows(path, table_rows(metrics, baseline))


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV, numbers with six significant digits; a cell that a row lacks is empty."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(dict.fromkeys(chain.from_iterable(rows))))
        writer.writeheader()
        writer.writerows({k: _rounded(v) for k, v in row.items()} for row in rows)


def best_of(rows: Sequence[Mapping[str, Any]], protocol: Protocol) -> float:
    """The best value of a task's column."""
    values = [row[protocol.column] for row in rows if protocol.column in row]
    return max(values) if protocol.higher_is_better else min(values)


def deltas(
    values: Mapping[str, float], baseline: Mapping[str, float], better: Mapping[str, bool]
) -> dict[str, float]:
    """Both gains over the baseline in percent: the mean gain, and what SIMO's tables print.

    `better` says of each task whether more is.
    """
    return {
        "delta_m": delta_m(values, baseline, better),
        "delta_normalised": normalised_performance(values, baseline, better) - 100,
    }


def _protocol(task: str, about: Mapping[str, Any]) -> Protocol:
    """The protocol of a task by its name; of one that is not named here, what the file says."""
    if task in PROTOCOLS:
        return protocol_of(task, {task: about["protocol"]})
    unit = about.get("unit", "")
    return Protocol(
        task=task, name=about["protocol"], metric=about["metric"], unit=unit, about="",
        higher_is_better=about.get("higher_is_better", True),
    )  # fmt: skip


def _rounded(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
