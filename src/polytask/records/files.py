"""Provenance records as they lie on disk: found by output, read, and walked back to the raw data.

docs/provenance.md describes the format. The record of `results/x.json` is
`provenance/results/x.json.json`; a job that did not finish leaves `x.json.unfinished.json` there.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from polytask.errors import UserError

FORMAT = "polytask.provenance/2"
FOLDER = Path("provenance")

Record = Mapping[str, Any]


def record_path(output: Path, folder: Path = FOLDER) -> Path:
    """Where the record of `output` lies; outputs outside the working directory keep their path."""
    inside = Path(os.path.relpath(output)) if output.is_absolute() else output
    parts = [part for part in inside.parts if part not in ("..", "/")]
    return folder.joinpath(*parts[:-1], f"{parts[-1]}.json")


def unfinished_path(output: Path, folder: Path = FOLDER) -> Path:
    """Where a job that failed or was interrupted says what it was doing."""
    return record_path(output, folder).with_suffix(".unfinished.json")


def read_record(output: Path, folder: Path = FOLDER) -> Record | None:
    """The record of `output`, or None where it has none; UserError for one that cannot be read."""
    path = record_path(output, folder)
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text())
    except ValueError as error:
        raise UserError(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{path}: not a record of format {FORMAT}; make {output} again")
    return record


def recorded_outputs(folder: Path = FOLDER) -> list[str]:
    """Every file that has a record of a finished job, sorted."""
    found = (str(file.relative_to(folder)) for file in folder.rglob("*.json"))
    finished = (name for name in found if not name.endswith(".unfinished.json"))
    return sorted(name.removesuffix(".json") for name in finished)


def records_behind(files: Sequence[Path | str], folder: Path = FOLDER) -> dict[str, Record]:
    """The records of `files` and of all that they were made from, by output path.

    What has no record (raw data, a file made by hand) is where the walk ends.
    """
    found: dict[str, Record] = {}
    pending = [str(file) for file in files]
    while pending:
        path = pending.pop()
        if path in found or (record := read_record(Path(path), folder)) is None:
            continue
        found[path] = record
        pending += [item["path"] for item in inputs_of(record)]
    return found


def inputs_of(record: Record) -> Iterator[Mapping[str, Any]]:
    """Every input file of a record, whatever its name in the rule."""
    for files in record["inputs"].values():
        yield from files
