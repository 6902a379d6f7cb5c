"""The tree behind a number: every file it was made from, back to the raw data, out of the records.

Files that several others were made from are kept once, so it is really a graph.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePath
from typing import Any

from polytask.disk import sha256_of
from polytask.lineage.numbers import Number, inputs_behind
from polytask.lineage.sources import Source, hub_weights, source_of
from polytask.records.files import Record, inputs_of
from polytask.records.hashes import size_of
from polytask.records.identity import SHORT, seal_of

_HASHED = 64 * 2**20  # a larger file is looked at by size only; `polytask audit` reads every byte


@dataclass(frozen=True, kw_only=True)
class Node:
    """One file. What has no `record` is raw data or was made outside; its `source` may be known.

    `inputs` maps the names in the rule to the paths of other nodes; `aside` are inputs of a table
    that this number was not made from: those of its other rows. So it is with tables that a mean
    over repetitions was taken of.
    """

    path: str
    sha256: str | None
    size: int | None
    record: Record | None = None
    source: Source | None = None
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tree:
    """All nodes behind `number` by path, the root among them, and what is wrong with the chain."""

    number: Number
    nodes: Mapping[str, Node]
    warnings: tuple[str, ...]

    @property
    def root(self) -> Node:
        """The file that the number stands in."""
        return self.nodes[self.number.path]


def tree_of(number: Number) -> Tree:
    """The tree behind `number`; UserError for a record that cannot be read.

    A chain that does not hold together (a record edited or missing, an input made again since)
    is walked as far as it goes, and the tree's warnings say so.
    """
    nodes: dict[str, Node] = {}
    warnings = [] if is_as_recorded(number) else [_changed(number)]
    record = number.record
    row, _, column = number.selector.rpartition("/")
    behind = inputs_behind(record, row, column) if row else [i["path"] for i in inputs_of(record)]
    nodes[number.path] = _of_cell(number.path, record, behind)
    pending = [nodes[number.path]]
    while pending:
        node = pending.pop()
        warnings += _doubts(node.record)
        for item in read_by(node):
            path = item["path"]
            found = number.workspace.record(path) if item["lineage"] else None
            warnings += _breaks(node.path, item, found, nodes.get(path))
            if path not in nodes:
                if found and row and node.path == number.path and _is_table(path):
                    nodes[path] = _of_cell(path, found, inputs_behind(found, row, column))
                else:
                    nodes[path] = _made(path, found) if found else _raw(item)
                pending += [nodes[path]] if found else []
    return Tree(number, nodes, tuple(dict.fromkeys(warnings)))


def read_by(node: Node) -> list[Mapping[str, Any]]:
    """What `node` was made from, as its record has it (path, sha256, size, lineage)."""
    record = node.record or {"inputs": {}}
    hub = [_unhashed(name) for name in node.inputs.get("hub", ())]
    return [item for item in inputs_of(record) if item["path"] not in node.aside] + hub


def is_as_recorded(number: Number) -> bool:
    """Whether the file is still the one that its record describes; so is one that is not here."""
    file, output = number.file, number.record["output"]
    if not file.exists():
        return True
    if file.is_dir() or output["size"] > _HASHED or size_of(file) != output["size"]:
        return size_of(file) == output["size"]
    return sha256_of(file) == output["sha256"]


def as_json(tree: Tree) -> dict[str, Any]:
    """The tree for other programs: `nodes` by path, each with its whole record."""
    number = tree.number
    about = {key: getattr(number, key) for key in ("id", "name", "path", "selector", "value")}
    return {
        "number": about,
        "warnings": list(tree.warnings),
        "nodes": {path: asdict(node) for path, node in tree.nodes.items()},
    }


def _is_table(path: str) -> bool:
    """Whether a file has the rows of methods: a mean over repetitions reads the row of each."""
    return PurePath(path).parent.name == "tables" and path.endswith(".csv")


def _of_cell(path: str, record: Record, behind: list[str]) -> Node:
    """A table of which one cell counts: inputs that are not `behind` it are set aside."""
    others = tuple(item["path"] for item in inputs_of(record) if item["path"] not in behind)
    return replace(_made(path, record, behind), aside=others)


def _made(path: str, record: Record, behind: list[str] | None = None) -> Node:
    inputs = {
        name: tuple(f["path"] for f in files if behind is None or f["path"] in behind)
        for name, files in record["inputs"].items()
    }
    if hub := tuple(dict.fromkeys(hub_weights(record["params"]))):
        inputs["hub"] = hub
    return Node(
        path=path,
        sha256=record["output"]["sha256"],
        size=record["output"]["size"],
        record=record,
        source=source_of(path),
        inputs={name: paths for name, paths in inputs.items() if paths},
    )


def _raw(item: Mapping[str, Any]) -> Node:
    path = item["path"]
    return Node(path=path, sha256=item["sha256"], size=item["size"], source=source_of(path))


def _unhashed(path: str) -> dict[str, Any]:
    return {"path": path, "sha256": None, "size": None, "lineage": None}


def _changed(number: Number) -> str:
    return (
        f"{number.path} is not what its record describes: edited, or made outside of the pipeline; "
        "below is the lineage of the file that was there before"
    )


def _doubts(record: Record) -> list[str]:
    """What a record says against itself."""
    path, changed = record["output"]["path"], record.get("changed_while_running") or []
    found = [f"{name} changed while {path} was being made" for name in changed]
    if record.get("seal") != seal_of(record):
        found.append(f"the record of {path} was edited: its seal is broken")
    return found


def _breaks(
    reader: str, item: Mapping[str, Any], found: Record | None, known: Node | None
) -> list[str]:
    """Where what `reader` read is not what is recorded of it now."""
    path = item["path"]
    if item["lineage"] and found is None:
        return [f"{path} had a record when {reader} read it, which is missing: `dvc pull`?"]
    if found is not None and found["lineage"] != item["lineage"]:
        content = "same" if found["output"]["sha256"] == item["sha256"] else "other"
        read, here = item["lineage"][:SHORT], found["lineage"][:SHORT]
        return [
            f"{path} was made again, with the {content} content, after {reader} had read it: "
            f"below is {here}, but {read} was read"
        ]
    if known is not None and known.sha256 != item["sha256"]:
        return [f"{path} was read with two contents: {reader} read {item['sha256'][:SHORT]}"]
    return []
