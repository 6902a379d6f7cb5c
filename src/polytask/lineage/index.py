"""All numbers of the project: listed, written for LaTeX, and found again by id or by name."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from polytask.errors import UserError
from polytask.lineage.numbers import Number, number_at, number_in, read_json
from polytask.lineage.tables import nearest, read_table
from polytask.lineage.tree import is_as_recorded
from polytask.lineage.workspace import workspace_of
from polytask.records.identity import SHORT

INDEX = "results/numbers.json"
ID = re.compile(rf"[0-9a-f]{{{SHORT}}}")


def numbers_of(tables: Iterable[Path]) -> list[Number]:
    """Every number in the cells of `tables`; UserError for a table that its record does not fit."""
    found = []
    for file in tables:
        whole = number_in(file)
        if not is_as_recorded(whole):
            raise UserError(f"{whole.path}: not what its record describes; make it again")
        for row, column, value in read_table(whole.path, file).numbers():
            cell = row, column, value
            found.append(number_at(whole.workspace, whole.record, whole.path, *cell))
    return found


def write_index(path: Path, numbers: Sequence[Number]) -> None:
    """Write id -> name, file, selector and value as JSON."""
    entries = {
        number.id: {
            "name": number.name,
            "file": number.path,
            "selector": number.selector,
            "value": float(number.value),
        }
        for number in numbers
    }
    path.write_text(json.dumps(entries, indent=1) + "\n")


def find(
    target: str, *, row: str | None = None, column: str | None = None, key: str | None = None
) -> Number:
    """The number that `target` means: FILE, FILE:SELECTOR, an id or a name of results/numbers.json.

    Raises UserError where there is no such number.
    """
    chosen = any(word is not None for word in (row, column, key))
    file, colon, selector = target.rpartition(":")
    if chosen or _is_known(Path(target)) or not (colon or _is_word(target)):
        return number_in(Path(target), row=row, column=column, key=key)
    if colon:
        return _selected(Path(file), selector)
    return _indexed(target)


def _selected(file: Path, selector: str) -> Number:
    if file.suffix == ".csv":
        row, _, column = selector.partition("/")
        return number_in(file, row=row, column=column)
    return number_in(file, key=selector)


def _indexed(word: str) -> Number:
    workspace = workspace_of(Path(INDEX))
    index = workspace.root / INDEX if workspace else Path(INDEX)
    if workspace is None or not index.is_file():
        raise UserError(f"{word}: neither a file nor, as there is no {INDEX} here, a number's name")
    entries = read_json(INDEX, index)
    by_name = {entry["name"]: entry for entry in entries.values()}
    entry = entries.get(word) or by_name.get(word)
    if entry is None:
        known = entries if ID.fullmatch(word) else by_name
        raise UserError(f"{word}: no such file, id or name in {INDEX}; {nearest(word, known)}")
    return _selected(workspace.root / entry["file"], entry["selector"])


def _is_known(file: Path) -> bool:
    if file.exists():
        return True
    workspace = workspace_of(file)
    return (
        workspace is not None and workspace.record(workspace.name_of(file.absolute())) is not None
    )


def _is_word(target: str) -> bool:
    """Ids and names have no folder; a file in the working directory exists or has a record."""
    return "/" not in target
