"""What the provenance records say: which rules made what, when, with which software."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
Edges = set[tuple[str, str]]


def records_behind(files: Sequence[Path], folder: Path = Path("provenance")) -> dict[str, Record]:
    """The records of `files` and of all that they were made from, by output path.

    What has no record (raw data, a file made by hand) is where the walk ends.
    """
    found: dict[str, Record] = {}
    pending = [str(file) for file in files]
    while pending:
        path = pending.pop()
        record = folder / f"{path}.json"
        if path in found or not record.is_file():
            continue
        found[path] = json.loads(record.read_text())
        pending += [item["path"] for item in inputs_of(found[path])]
    return found


def inputs_of(record: Record) -> Iterator[Mapping[str, Any]]:
    """Every input file of a record, whatever its name in the rule."""
    for files in record["inputs"].values():
        yield from files


def rule_graph(records: Mapping[str, Record]) -> Edges:
    """Pairs (earlier rule, later rule): the later one read what the earlier one made."""
    edges: Edges = set()
    for record in records.values():
        for item in inputs_of(record):
            if item["path"] in records:
                edges.add((records[item["path"]]["rule"], record["rule"]))
    return edges


def rule_times(records: Mapping[str, Record]) -> dict[str, tuple[int, float]]:
    """For every rule how many jobs it took and their seconds in all; a job may have many outputs.

    Jobs run side by side, so the sum is more than the wall clock shows.
    """
    jobs: dict[str, dict[str, float]] = {}
    for record in records.values():
        start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
        key = json.dumps([record["wildcards"], record["start"]], sort_keys=True)
        jobs.setdefault(record["rule"], {})[key] = (end - start).total_seconds()
    return {rule: (len(times), sum(times.values())) for rule, times in jobs.items()}


def software(records: Mapping[str, Record]) -> dict[str, str]:
    """What the numbers were made with; several answers where jobs differ."""

    def all_of(*keys: str) -> str:
        found = set()
        for record in records.values():
            value: Any = record
            for key in keys:
                value = (value or {}).get(key)
            found.add(value)
        return ", ".join(sorted(str(value) for value in found - {None})) or "unknown"

    packages = sorted({name for r in records.values() for name in r.get("packages") or {}})
    return {
        "commit": all_of("git", "commit"),
        "uncommitted changes": all_of("git", "dirty"),
        "device": all_of("device"),
        "seed": all_of("seed"),
        "python": all_of("python"),
        **{name: all_of("packages", name) for name in packages},
    }
