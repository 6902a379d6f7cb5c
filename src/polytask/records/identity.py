"""What makes two lineages the same: content, code, parameters and environment, not time or place.

The lineage of an output is a hash over its content and over all that made it, the lineages of its
inputs included (a Merkle tree), so one changed byte anywhere behind a number changes its lineage,
and making the same thing again, later or on another machine, does not.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from polytask.records.files import Record

MADE_BY = ("rule", "wildcards", "params", "threads", "seed", "device", "python", "packages")
SHORT = 10
"""Digits of a lineage id in print: 40 bits tell a million numbers apart."""


def lineage_of(record: Record) -> str:
    """The lineage (64 hex digits) of a record's output; inputs count by their own lineage."""
    return digest(
        {
            **{key: record[key] for key in MADE_BY},
            "output": _content(record["output"]),
            "inputs": {
                name: [[*_content(each), each["lineage"]] for each in files]
                for name, files in record["inputs"].items()
            },
            "code": [_content(each) for each in record["code"]],
        }
    )


def work_of(record: Record, outputs: Iterable[str]) -> str:
    """The identity of a job's work, known when it starts: all that decides about its outputs.

    Threads and device are left out, so that a job may go on elsewhere; its record names the last.
    """
    return digest(
        {
            **{key: record[key] for key in ("rule", "wildcards", "params", "python", "lock")},
            "inputs": {
                name: [_content(each) for each in files] for name, files in record["inputs"].items()
            },
            "code": [_content(each) for each in record["code"]],
            "outputs": list(outputs),
        }
    )


def number_id(lineage: str, selector: str) -> str:
    """The short id of one number: `selector` says which one of the output with that lineage."""
    return digest([lineage, selector])[:SHORT]


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its `seal`, a hash over everything in it."""
    return {**record, "seal": seal_of(record)}


def seal_of(record: Mapping[str, Any]) -> str:
    """The seal that belongs on `record`; one that carries another was edited."""
    return digest({key: value for key, value in record.items() if key != "seal"})


def _content(file: Mapping[str, Any]) -> list[str]:
    return [file["path"], file["sha256"]]


def digest(value: Any) -> str:
    """The hash of plain data; the order of keys does not count."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
