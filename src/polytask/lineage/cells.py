"""The numbers that a file states, and the inputs that each of them was made from."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

from polytask.errors import UserError
from polytask.lineage.numbers import inputs_behind
from polytask.lineage.tables import read_table
from polytask.records.files import Record, inputs_of

Cells = Mapping[str, frozenset[str]]
"""Selector of a number ("sak/depth_rmse", "tasks.depth.value") -> the inputs it was made from."""


def cells_of(path: str, record: Record | None) -> Cells:
    """The numbers in a table or a metrics file; none in other files, nor in one that is damaged.

    A table's cell was made from its row's inputs, any other number from all inputs of its file.
    """
    everything = frozenset(each["path"] for each in inputs_of(record)) if record else frozenset()
    try:
        if path.endswith(".csv"):
            return {
                f"{row}/{column}": frozenset(inputs_behind(record, row, column))
                if record
                else everything
                for row, column, _ in read_table(path, Path(path)).numbers()
            }
        if Path(path).name == "metrics.json":
            tasks = json.loads(Path(path).read_text())["tasks"]
            return {f"tasks.{task}.value": everything for task in tasks}
    except (OSError, ValueError, KeyError, TypeError, UserError, csv.Error):
        pass  # the audit names what is wrong with the file
    return {}
