"""Two files of numbers, value by value and exactly."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NUMBERS = {".json", ".csv"}


@dataclass(frozen=True)
class Difference:
    """One value, by its key or by its row and column, in both files; None where it is not."""

    where: str
    was: Any
    now: Any


def compared(paths: Iterable[str]) -> list[str]:
    """Those files that state numbers; pictures are left out."""
    return [path for path in paths if Path(path).suffix in NUMBERS]


def differences(was: Path, now: Path) -> list[Difference]:
    """Every value that is not the same, bit for bit."""
    before, after = was.read_bytes(), now.read_bytes()
    if before == after:
        return []
    olds, news = (dict(_values(file)) for file in (was, now))
    keys = dict.fromkeys([*olds, *news])
    found = [
        Difference(key, olds.get(key), news.get(key))
        for key in keys
        if repr(olds.get(key)) != repr(news.get(key))
    ]
    return found or [Difference("the layout", f"{len(before)} bytes", f"{len(after)} bytes")]


def _values(file: Path) -> Iterator[tuple[str, Any]]:
    if file.suffix == ".json":
        yield from _leaves(json.loads(file.read_text()), "")
        return
    for row in csv.DictReader(file.read_text().splitlines()):
        name = next(iter(row.values()))
        yield from ((f"{name}.{column}", value) for column, value in row.items())


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, f"{key}[{index}]")
    else:
        yield key, value
