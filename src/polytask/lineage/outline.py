"""A tree put into words: one step per job, what it was given, and what is usual for all of them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from polytask.lineage.tree import Node, Tree
from polytask.records.files import Record
from polytask.records.flat import flatten
from polytask.records.identity import SHORT

Facts = Mapping[str, str]

NUM_HASHES = 4
"""A job's files are hashed one by one in print up to this many."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One job, or one raw file: the `files` of it that were read, under `role` in the rule.

    `key` names the job; a `repeated` step was told before and has neither facts nor steps again.
    """

    key: str
    role: str
    files: Sequence[str]
    title: str
    facts: Facts
    params: Facts
    code: Facts
    steps: Sequence["Step"]
    repeated: bool = False


def outline(tree: Tree, common: Facts) -> Step:
    """The steps behind the number, the last job first; facts that are `common` are left out."""
    return _step("", [tree.root], tree, common, set())


def usual(*trees: Tree) -> dict[str, str]:
    """The commit, software and machine of most jobs behind some numbers."""
    counts: dict[str, Counter[str]] = {}
    nodes = [node for tree in trees for node in tree.nodes.values()]
    jobs = {_key(node): node.record for node in nodes if node.record}
    for record in jobs.values():
        for name, value in _circumstances(record).items():
            counts.setdefault(name, Counter())[value] += 1
    return {name: found.most_common(1)[0][0] for name, found in counts.items()}


def folded(common: Facts) -> dict[str, str]:
    """`common` with all packages in one entry."""
    packages = [
        f"{name.partition(' ')[2]} {version}"
        for name, version in common.items()
        if name.startswith("package ")
    ]
    rest = {name: value for name, value in common.items() if not name.startswith("package ")}
    return rest | ({"packages": ", ".join(packages)} if packages else {})


def size(count: int | None) -> str:
    """Bytes for people."""
    if count is None:
        return "size unknown"
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"


def short(digest: str | None) -> str:
    """The first digits of a hash."""
    return digest[:SHORT] if digest else "unknown"


def parameters(record: Record) -> dict[str, Any]:
    """Dotted name -> value; lists are values. A rule's params are one mapping called `config`."""
    params = record["params"]
    given = params["config"] if set(params) == {"config"} else params
    return flatten(given, lists=False)


def text_of(value: Any) -> str:
    """A parameter in one line: words as they are, all else as JSON."""
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def _step(role: str, nodes: list[Node], tree: Tree, common: Facts, told: set[str]) -> Step:
    first, key = nodes[0], _key(nodes[0])
    files = [node.path for node in nodes]
    record = first.record
    about = {"key": key, "role": role, "files": files, "title": _title(first)}
    if key in told:
        return Step(**about, facts={}, params={}, code={}, steps=(), repeated=True)
    told.add(key)
    if record is None:
        return Step(**about, facts=_raw_facts(first), params={}, code={}, steps=())
    # Steps are told in the order in which they are read, so a loop and not an expression.
    steps = []
    for name, group in _groups(first, tree):
        steps.append(_step(name, group, tree, common, told))
    return Step(
        **about,
        facts=_made_facts(nodes, record, common),
        params={name: text_of(value) for name, value in parameters(record).items()},
        code={each["path"]: each["sha256"] for each in record["code"]},
        steps=steps,
    )


def _groups(node: Node, tree: Tree) -> Iterator[tuple[str, list[Node]]]:
    """The inputs of a node by their names in the rule, outputs of one job together."""
    for name, paths in node.inputs.items():
        groups: dict[str, list[Node]] = {}
        for path in paths:
            groups.setdefault(_key(tree.nodes[path]), []).append(tree.nodes[path])
        yield from ((name, group) for group in groups.values())


def _key(node: Node) -> str:
    """The job that made a node; a raw file stands for itself."""
    if node.record is None:
        return node.path
    return node.record["tracking"]


def _title(node: Node) -> str:
    if node.record is None:
        return "data without a record"
    named = [f"{key}={value}" for key, value in node.record["wildcards"].items()]
    return ", ".join([f"rule {node.record['rule']}", *named])


def _circumstances(record: Record) -> dict[str, str]:
    git, packages = record["git"], record["packages"]
    dirty = {True: ", with uncommitted changes", False: "", None: ", state unknown"}[git["dirty"]]
    return {
        "commit": (git["commit"] or "none")[:12] + dirty,
        "device": record["device"],
        "host": record["host"],
        "python": record["python"],
        "lock file": short(record.get("lock")) if record.get("lock") else "none",
        **{f"package {name}": version for name, version in packages.items()},
    }


def _made_facts(nodes: list[Node], record: Record, common: Facts) -> dict[str, str]:
    start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
    took = f"{(end - start).total_seconds():.1f} s"
    seed = {} if record["seed"] is None else {"seed": str(record["seed"])}
    own = {k: v for k, v in _circumstances(record).items() if common.get(k) != v}
    threads = f"{record['threads']} thread{'s'[: record['threads'] != 1]}"
    source, aside = nodes[0].source, len(nodes[0].aside)
    return {
        "made": f"{start:%Y-%m-%d %H:%M:%S} UTC in {took}, {threads}",
        **seed,
        **own,
        "code": f"{len(record['code'])} files, together {short(_digest(_code_lines(record)))}",
        "run": record["tracking"],
        **_hashes(nodes),
        **({"also read": f"{aside} files of the table's other rows"} if aside else {}),
        **({"source": source.origin, "licence": source.licence} if source else {}),
    }


def _raw_facts(node: Node) -> dict[str, str]:
    facts = {} if node.sha256 is None else {"sha256": f"{node.sha256} ({size(node.size)})"}
    if node.source is None:
        return facts | {"source": "not known: your own, or made outside of the pipeline"}
    known = node.source
    return facts | {
        "source": f"{known.name}: {known.origin}",
        "licence": known.licence,
        "checksum": known.checksum,
    }


def _hashes(nodes: list[Node]) -> dict[str, str]:
    """Content and lineage of each file, or of all of them together where they are many."""
    content = [node.sha256 or "" for node in nodes]
    lineages = [node.record["lineage"] for node in nodes if node.record]
    if len(nodes) <= NUM_HASHES:
        each = (f"{short(node.sha256)} ({size(node.size)})" for node in nodes)
        return {"sha256": ", ".join(each), "lineage": ", ".join(map(short, lineages))}
    total = size(sum(node.size or 0 for node in nodes))
    return {
        "sha256": f"{len(nodes)} files ({total}), together {short(_digest(content))}",
        "lineage": f"together {short(_digest(lineages))}",
    }


def _code_lines(record: Record) -> list[str]:
    return [f"{each['path']} {each['sha256']}" for each in record["code"]]


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
