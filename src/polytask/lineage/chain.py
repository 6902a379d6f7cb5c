"""The chain behind some files, walked although records on it may be damaged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.records.files import Record, inputs_of, read_record, record_path
from polytask.records.identity import lineage_of, seal_of


@dataclass(frozen=True)
class Chain:
    """`records` fit their seals; `edited` says of the outputs of all others what is wrong.

    `made_from` has the direct inputs of every output, also of those whose record was edited.
    """

    targets: Sequence[str]
    records: dict[str, Record] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)
    made_from: dict[str, list[str]] = field(default_factory=dict)

    def uses(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every output with an intact record, with each of its inputs as recorded."""
        for output, record in self.records.items():
            for each in inputs_of(record):
                yield output, each

    def behind(self, output: str) -> set[str]:
        """`output` and every file that it was made from, directly or not."""
        found, pending = set(), [output]
        while pending:
            path = pending.pop()
            if path not in found:
                found.add(path)
                pending += self.made_from.get(path, ())
        return found


def walk(targets: Iterable[str]) -> Chain:
    """Read the records of `targets` and of all that they were made from."""
    chain = Chain(list(targets))
    pending, seen = list(chain.targets), set()
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        _take(chain, path)
        pending += chain.made_from.get(path, ())
    return chain


def _take(chain: Chain, path: str) -> None:
    try:
        record = read_record(Path(path))
    except UserError as error:
        reason = str(error).removeprefix(f"{record_path(Path(path))}: ")
        chain.edited[path] = f"{reason}; what lies behind it could not be checked"
        return
    if record is None:
        return
    reason = _misfit(path, record)
    if reason is None:
        chain.records[path] = record
    else:
        chain.edited[path] = reason
    chain.made_from[path] = _input_paths(record)


def _misfit(path: str, record: Record) -> str | None:
    """What is wrong inside of the record itself."""
    if record.get("seal") != seal_of(record):
        return "its seal does not fit its content"
    try:
        if record["output"]["path"] != path:
            return f"it is the record of another file, {record['output']['path']}"
        return None if record["lineage"] == lineage_of(record) else "its lineage does not fit"
    except (KeyError, TypeError, AttributeError) as error:
        return f"not a whole record: {type(error).__name__} {error}"


def _input_paths(record: Record) -> list[str]:
    """The inputs' paths; none where an edit has left nothing that can be walked."""
    try:
        return [str(each["path"]) for each in inputs_of(record)]
    except (KeyError, TypeError, AttributeError):
        return []
