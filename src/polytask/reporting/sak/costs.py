"""What the student costs beside its teachers: the table of costs, and ratios of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MEASURES = {
    "parameters": ("Parameters", "M", 1e6),
    "flops": ("FLOPs", "G", 1e9),
    "latency_ms": ("Latency", "ms", 1.0),
    "memory_mb": ("Memory", "MB", 1.0),
}
"""Title, unit, and what a number is divided by to be in it."""

RATIOS = (("student", "teachers"), ("student_with_heads", "teachers_with_heads"),
          ("student_with_heads", "single_task"))  # fmt: skip
"""Pairs of rows of costs.json: how much of the second the first takes."""


@dataclass(frozen=True)
class Costs:
    """A row: by measure a value in its unit; `spread` is the deviation of the latency in ms."""

    name: str
    title: str
    values: Mapping[str, float | None]
    spread: float | None


@dataclass(frozen=True)
class Ratio:
    """How many times as much the second takes as the first, by measure."""

    title: str
    values: Mapping[str, float | None]


def costs_of(rows: Sequence[Mapping[str, Any]]) -> list[Costs]:
    """The rows of a costs.json in the units of MEASURES."""
    return [
        Costs(
            row["name"],
            row["title"],
            {
                key: None if row.get(key) is None else row[key] / scale
                for key, (_, _, scale) in MEASURES.items()
            },
            row.get("latency_sd_ms"),
        )
        for row in rows
    ]


def ratios_of(rows: Sequence[Costs]) -> list[Ratio]:
    """The pairs of RATIOS that were measured."""
    known = {row.name: row for row in rows}
    return [
        Ratio(
            f"{known[first].title} : {known[second].title}",
            {key: _ratio(known[first].values[key], known[second].values[key]) for key in MEASURES},
        )
        for first, second in RATIOS
        if {first, second} <= known.keys()
    ]


def _ratio(first: float | None, second: float | None) -> float | None:
    return second / first if first and second is not None else None
