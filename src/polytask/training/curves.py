"""Training curves as JSON lines: one line per logged step, readable while the job runs."""

import json
from collections.abc import Callable
from pathlib import Path


class CurveWriter:
    """Appends `{"step": n, **values}` lines to `path` and passes them on to `also`."""

    def __init__(self, path: Path, also: Callable[[int, dict[str, float]], None]) -> None:
        self.path, self.also = path, also
        path.write_text("")

    def __call__(self, step: int, values: dict[str, float]) -> None:
        rounded = {key: float(f"{value:.6g}") for key, value in values.items()}
        with self.path.open("a") as file:
            file.write(json.dumps({"step": step, **rounded}) + "\n")
        self.also(step, values)
