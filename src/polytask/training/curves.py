"""Training curves as CSV: one row per logged step, readable while the job runs."""

import csv
from collections.abc import Callable
from pathlib import Path


class CurveWriter:
    """Appends a row of step and values to `path` and passes them on to `also`.

    The first call decides the columns; raises ValueError where a later one brings others.
    """

    def __init__(self, path: Path, also: Callable[[int, dict[str, float]], None]) -> None:
        self.path, self.also = path, also
        self.columns: list[str] = []
        path.write_text("")

    def __call__(self, step: int, values: dict[str, float]) -> None:
        row = {"step": step, **{key: f"{value:.6g}" for key, value in values.items()}}
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, self.columns or list(row), lineterminator="\n")
            if not self.columns:
                self.columns = list(row)
                writer.writeheader()
            writer.writerow(row)
        self.also(step, values)
