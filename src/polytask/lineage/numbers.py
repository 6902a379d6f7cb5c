"""Addressing one number: a cell of a table, a value of a JSON file, or any file as a whole."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.lineage.tables import nearest, read_table
from polytask.lineage.workspace import Workspace, workspace_of
from polytask.records.files import Record
from polytask.records.flat import flatten
from polytask.records.identity import number_id


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number and the file that it stands in.

    `selector` says which one: "sak/semseg_mean_iou" in a table, "tasks.semseg.value" in a JSON
    file, "" for a file as a whole. `value` is the text in the file; `name` is what numbers.tex
    calls it ("" where it does not), `record` belongs to the file.
    """

    path: str
    selector: str
    value: str
    name: str
    record: Record = field(repr=False)
    workspace: Workspace = field(repr=False)

    @property
    def id(self) -> str:
        """The short lineage id."""
        return number_id(self.record["lineage"], self.selector)

    @property
    def title(self) -> str:
        """What to call it in print."""
        return self.name or ":".join(filter(None, (self.path, self.selector)))

    @property
    def file(self) -> Path:
        """Where it stands on this machine."""
        return self.workspace.root / self.path


def number_in(
    file: Path, *, row: str | None = None, column: str | None = None, key: str | None = None
) -> Number:
    """The number in `file` at `row` and `column`, or at the dotted `key`, or the file as a whole.

    Raises UserError, with the nearest names, for a file, row, column or key that does not exist,
    and for a file without a record.
    """
    workspace, path, record = _recorded(file)
    if (row is None) != (column is None):
        raise UserError(f"{path}: one number needs both --row and --column")
    if row is None and key is None:
        return Number(path=path, selector="", value="", name="", record=record, workspace=workspace)
    if not file.is_file():
        raise UserError(f"{path}: has a record, but is not here: `dvc pull` or make it again")
    if row is not None and column is not None:
        if file.suffix != ".csv" or key is not None:
            raise UserError(f"{path}: --row and --column are for .csv tables, --key for .json")
        table = read_table(path, file)
        found = table.row(row)
        cell = found[table.columns[0]], table.column(column)
        return number_at(workspace, record, path, *cell, found[cell[1]])
    if file.suffix != ".json":
        raise UserError(f"{path}: --key is for .json files, --row and --column for .csv tables")
    value = _leaf(path, read_json(path, file), key or "")
    return Number(
        path=path, selector=key or "", value=value, name="", record=record, workspace=workspace
    )


def number_at(
    workspace: Workspace, record: Record, path: str, row: str, column: str, value: str
) -> Number:
    """The number in a table's cell whose text is `value`."""
    dataset = _dataset_of(workspace, inputs_behind(record, row, column))
    name = ".".join(filter(None, (Path(path).stem, dataset, row, column)))
    return Number(
        path=path,
        selector=f"{row}/{column}",
        value=value,
        name=name,
        record=record,
        workspace=workspace,
    )


def inputs_behind(record: Record, row: str, column: str) -> list[str]:
    """The inputs of a table that one cell was made from: those of its row, and of the baseline.

    A row's inputs are those with the row's name in their path; all inputs where none has it.
    """
    baseline = (record["params"].get("config") or {}).get("baseline")
    compared = column.startswith("delta_") and baseline not in (None, row)
    rows = [row, *([baseline] if compared else [])]
    paths = [item["path"] for files in record["inputs"].values() for item in files]
    found = [[path for path in paths if _is_about(path, name)] for name in rows]
    return [path for of_row in found for path in of_row] if all(found) else paths


def read_json(path: str, file: Path) -> Any:
    """What stands in `file`, which messages call `path`; UserError where it is not JSON."""
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise UserError(f"{path}: not readable as JSON: {error}") from error


def _recorded(file: Path) -> tuple[Workspace, str, Record]:
    """The workspace of `file`, its name there and its record."""
    workspace = workspace_of(file)
    if workspace is None:
        hint = "it has no record: made by hand or outside of the pipeline"
        raise UserError(f"{file}: {hint if file.exists() else 'no such file, and no provenance/'}")
    path = workspace.name_of(file.absolute())
    record = workspace.record(path)
    if record is not None:
        return workspace, path, record
    if workspace.is_unfinished(path):
        raise UserError(f"{path}: the job that makes it failed or was interrupted")
    if file.exists():
        raise UserError(f"{path}: no record: raw data, or made by hand or outside of the pipeline")
    raise UserError(f"{path}: no such file; {nearest(path, workspace.outputs())}")


def _leaf(path: str, document: Any, key: str) -> str:
    leaves = flatten(document)
    if key in leaves:
        value = leaves[key]
        return value if isinstance(value, str) else json.dumps(value)
    inside = [name for name in leaves if name.startswith(f"{key}.")]
    if inside:
        raise UserError(f"{path}: {key!r} is not one number; in it: {', '.join(inside[:5])}")
    raise UserError(f"{path}: no key {key!r}; {nearest(key, leaves)}")


def _dataset_of(workspace: Workspace, paths: list[str]) -> str:
    """The data set that the metrics were measured on; "" where the records do not say."""
    records = [workspace.record(path) for path in paths]
    configs = [(record["params"].get("config") or {}) for record in records if record]
    return next((config["dataset_name"] for config in configs if "dataset_name" in config), "")


def _is_about(path: str, row: str) -> bool:
    return row in Path(path).parts or row == Path(path).stem
