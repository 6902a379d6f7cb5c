"""What two jobs were given differently, by their records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from polytask.lineage.outline import parameters, short, text_of
from polytask.records.files import Record

ABSENT = "not there"


@dataclass(frozen=True)
class Difference:
    """One thing that is `a` here and `b` there; `key` says which of its `kind`.

    Kinds: rule, wildcard, parameter, seed, threads, processes, device, python, package, code,
    inputs, raw data, path, content and record.
    """

    kind: str
    key: str
    a: str
    b: str


def between_jobs(a: Record, b: Record) -> list[Difference]:
    """All that two jobs of one rule were given differently, but for their inputs."""
    found = list(_parted("wildcard", a["wildcards"], b["wildcards"]))
    found += _parted("parameter", _texts(parameters(a)), _texts(parameters(b)))
    a, b = ({"processes": 1} | record for record in (a, b))  # recorded where there are several
    single = [key for key in ("threads", "processes", "device", "python") if a[key] != b[key]]
    if a["seed"] != b["seed"] and not any(each.key.endswith("seed") for each in found):
        single.append("seed")
    found += [Difference(key, "", text_of(a[key]), text_of(b[key])) for key in single]
    found += _parted("package", a["packages"], b["packages"])
    return [*found, *_parted("code", _hashes(a), _hashes(b))]


def _parted(kind: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*a, *b)):
        if a.get(key) != b.get(key):
            yield Difference(kind, key, a.get(key, ABSENT), b.get(key, ABSENT))


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: text_of(value) for key, value in values.items()}


def _hashes(record: Record) -> dict[str, str]:
    return {each["path"]: short(each["sha256"]) for each in record["code"]}
