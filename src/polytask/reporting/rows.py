"""The rows of a CSV file of numbers."""

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[dict[str, Any]]


def read_rows(path: Path, *, text: Collection[str] = ()) -> Rows:
    """Every row by its columns: numbers, but for those in `text`; none for an empty cell."""
    with path.open(newline="") as file:
        return [
            {
                name: value if name in text else float(value)
                for name, value in row.items()
                if value or name in text
            }
            for row in csv.DictReader(file)
        ]
