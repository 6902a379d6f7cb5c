"""Whether the rows of one table can be compared: made by one code, software and kind of device."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from polytask.lineage.outline import short
from polytask.lineage.tree import Tree
from polytask.records.files import Record


@dataclass(frozen=True)
class Mixture:
    """A `kind` of thing (code, package, python, lock file, device) of which there are several.

    `name` is the file, package or rule; `rows` maps each of its versions to the rows behind which
    it stands.
    """

    kind: str
    name: str
    rows: Mapping[str, list[str]] = field(hash=False)


def mixtures(trees: Mapping[str, Tree]) -> list[Mixture]:
    """What differs behind the rows (name -> tree) of one table.

    Devices are compared between the jobs of one rule, everything else between all jobs.
    """
    seen: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
    for row, tree in trees.items():
        for node in tree.nodes.values():
            for kind, name, version in _versions(node.record) if node.record else ():
                seen.setdefault((kind, name), {}).setdefault(version, {})[row] = None
    return [
        Mixture(kind, name, {version: list(rows) for version, rows in versions.items()})
        for (kind, name), versions in sorted(seen.items())
        if len(versions) > 1
    ]


def warnings(trees: Mapping[str, Tree]) -> list[str]:
    """A sentence per kind of mixture: how many there are, and the first in full."""
    found: dict[str, list[Mixture]] = {}
    for mixture in mixtures(trees):
        found.setdefault(mixture.kind, []).append(mixture)
    return [_sentence(kind, same, len(trees)) for kind, same in found.items()]


def _versions(record: Record) -> Iterator[tuple[str, str, str]]:
    yield from (("code", each["path"], short(each["sha256"])) for each in record["code"])
    yield from (("package", name, version) for name, version in record["packages"].items())
    yield "python", "", record["python"]
    yield "lock file", "", short(record["lock"]) if record.get("lock") else "none"
    yield "device", f"rule {record['rule']}", record["device"]


def _sentence(kind: str, found: list[Mixture], num_rows: int) -> str:
    several = {"code": "code", "package": "package versions", "python": "Python versions",
               "lock file": "lock files", "device": "devices"}[kind]  # fmt: skip
    first = found[0]
    versions = "; ".join(
        f"{version} in {'all rows' if len(rows) == num_rows else ', '.join(rows)}"
        for version, rows in first.rows.items()
    )
    name = f"{first.name} is " if first.name else ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"Rows of this table come from different {several}: {name}{versions}{more}."
