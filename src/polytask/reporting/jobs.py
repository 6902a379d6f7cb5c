"""What the provenance records say: which rules made what, when, with which software."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from polytask.records.files import Record, inputs_of

Edges = set[tuple[str, str]]


def rule_graph(records: Mapping[str, Record]) -> Edges:
    """Pairs (earlier rule, later rule): the later one read what the earlier one made.

    What a rule reads of its own jobs, as training on from another training does, is no pair.
    """
    edges: Edges = set()
    for record in records.values():
        for item in inputs_of(record):
            if item["path"] in records:
                edges.add((rule_of(records[item["path"]]), rule_of(record)))
    return {(before, after) for before, after in edges if before != after}


def rule_of(record: Record) -> str:
    """The rule that wrote a record, without the study that it ran for."""
    return record["rule"].rpartition("__")[2]


def rule_times(records: Mapping[str, Record]) -> dict[str, tuple[int, float]]:
    """For every rule how many jobs it took and their seconds in all; a job may have many outputs.

    Jobs run side by side, so the sum is more than the wall clock shows.
    """
    jobs: dict[str, dict[str, float]] = {}
    for record in records.values():
        start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
        key = json.dumps([record["wildcards"], record["start"]], sort_keys=True)
        jobs.setdefault(rule_of(record), {})[key] = (end - start).total_seconds()
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
