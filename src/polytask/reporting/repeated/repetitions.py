"""A table over repetitions: what varies with initial weights and the order of images."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from polytask.errors import UserError
from polytask.reporting.rows import Rows

TEXT = ("method", "title", "protocols")
FIXED = (*TEXT, "num_parameters")
"""The columns of a table that are the same in every repetition."""


def over_repetitions(tables: Sequence[Rows]) -> list[dict[str, Any]]:
    """Means and sample standard deviations of the same table from every repetition.

    Columns: method, title, protocols, repetitions (how many), {measure}_mean and {measure}_sd of
    every measure of the table, gains included, num_parameters. A single value has no deviation: its
    cell is empty. Raises UserError where the tables have other rows.
    """
    _check_alike(tables)
    return [_summary(list(of_one)) for of_one in zip(*tables, strict=True)]


def line_per_repetition(tables: Sequence[Rows]) -> list[dict[str, Any]]:
    """Every value by itself: method, repetition, then the measures of the table."""
    _check_alike(tables)
    return [
        {
            "method": row["method"],
            "repetition": number,
            **{name: row[name] for name in _measures(row)},
        }
        for of_one in zip(*tables, strict=True)
        for number, row in enumerate(of_one)
    ]


def _summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = rows[0]
    about: dict[str, Any] = {name: first[name] for name in TEXT} | {"repetitions": len(rows)}
    for name in _measures(first):
        values = [row[name] for row in rows]
        about[f"{name}_mean"] = fmean(values)
        about[f"{name}_sd"] = stdev(values) if len(values) > 1 else ""
    return about | {"num_parameters": int(first["num_parameters"])}


def _measures(row: Mapping[str, Any]) -> list[str]:
    return [name for name in row if name not in FIXED]


def _check_alike(tables: Sequence[Rows]) -> None:
    """The rows of all tables, with the names of their measures, are those of the first."""
    first = [(row["method"], row["protocols"], _measures(row)) for row in tables[0]]
    for number, table in enumerate(tables[1:], start=1):
        if [(row["method"], row["protocols"], _measures(row)) for row in table] != first:
            raise UserError(
                f"repetition {number}: its table has other rows or measures than the first; "
                "make both with the same params.yaml"
            )
