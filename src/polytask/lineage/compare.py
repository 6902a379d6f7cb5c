"""Why two numbers differ: the first places, from the raw data on, where their lineages part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from polytask.lineage.differences import ABSENT, Difference, between_jobs
from polytask.lineage.outline import short
from polytask.lineage.tree import Node, Tree

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """A pair of matching files whose own making differs; `also` are later ones with the same."""

    a: Node
    b: Node
    differences: list[Difference]
    also: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Comparison:
    """Two numbers and the `causes` of their difference, those nearest to the raw data first."""

    a: Tree
    b: Tree
    causes: list[Cause]

    @property
    def same(self) -> bool:
        """Whether both have one lineage and are the same number of it."""
        return self.a.number.id == self.b.number.id


def compare(a: Tree, b: Tree) -> Comparison:
    """Walk both trees from the numbers to the raw data.

    Files are matched by path, else by rule and wildcards, else by their place among the inputs of
    one name, of which one job may have more: that is a difference as well. A difference is reported
    at the first file that has it; later files that have the same one are listed with it. What lies
    behind files of different rules is not compared.
    """
    walk = _Walk(a, b)
    walk.visit(a.root, b.root)
    return Comparison(a, b, walk.causes)


class _Walk:
    """The state of one comparison: which pairs were looked at, and what was found."""

    def __init__(self, a: Tree, b: Tree) -> None:
        self.a, self.b = a, b
        self.visited: set[tuple[str, str]] = set()
        self.causes: list[Cause] = []
        self.known: dict[Difference, Cause] = {}

    def visit(self, a: Node, b: Node) -> bool:
        """Whether anything behind the pair or in it differs; inputs are looked at first."""
        if (a.path, b.path) in self.visited:
            return True
        self.visited.add((a.path, b.path))
        if a.record is None or b.record is None:
            return self._report(a, b, list(_of_raw(a, b)))
        if a.record["rule"] != b.record["rule"]:
            return self._report(a, b, [Difference("rule", "", a.record["rule"], b.record["rule"])])
        pairs, found = self._paired(a, b)
        parted = [self.visit(*pair) for pair in pairs if not _agree(*pair)]
        found = between_jobs(a.record, b.record) + found
        if not (found or any(parted) or a.aside or b.aside or _agree(a, b)):
            found = [_unexplained(a, b)]
        return self._report(a, b, found) or any(parted)

    def _paired(self, a: Node, b: Node) -> tuple[list[tuple[Node, Node]], list[Difference]]:
        """Matching inputs of two jobs, and the inputs that match none."""
        pairs, found = [], []
        for name in dict.fromkeys((*a.inputs, *b.inputs)):
            mine = [self.a.nodes[path] for path in a.inputs.get(name, ())]
            theirs = [self.b.nodes[path] for path in b.inputs.get(name, ())]
            for same in (_by_path, _by_job):
                matched, mine, theirs = _matched(mine, theirs, same)
                pairs += matched
            pairs += zip(mine, theirs, strict=False)
            if len(mine) != len(theirs):
                found.append(Difference("inputs", name, _listed(mine), _listed(theirs)))
        return pairs, found

    def _report(self, a: Node, b: Node, found: list[Difference]) -> bool:
        new = [each for each in found if each not in self.known]
        for cause in {id(c): c for e in found if (c := self.known.get(e))}.values():
            cause.also.append(a.path)
        if new:
            self.causes.append(Cause(a, b, new))
            self.known |= dict.fromkeys(new, self.causes[-1])
        return bool(found)


def _agree(a: Node, b: Node) -> bool:
    """Whether nothing in or behind two files differs, as far as records say."""
    if a.record is None or b.record is None:
        return a.record is b.record and (a.path, a.sha256) == (b.path, b.sha256)
    return a.record["lineage"] == b.record["lineage"] and a.aside == b.aside


def _of_raw(a: Node, b: Node) -> Iterator[Difference]:
    """How two files differ of which at least one has no record."""
    if a.record is not None or b.record is not None:
        yield Difference("raw data", "", _made_or_not(a), _made_or_not(b))
    elif a.sha256 != b.sha256:
        yield Difference("raw data", "", f"sha256 {a.sha256}", f"sha256 {b.sha256}")
    elif a.path != b.path:
        yield Difference("path", "", a.path, b.path)


def _made_or_not(node: Node) -> str:
    made = "no record" if node.record is None else f"made by rule {node.record['rule']}"
    return f"{made}, sha256 {short(node.sha256)}"


def _unexplained(a: Node, b: Node) -> Difference:
    """Jobs that were given the same and yet have other lineages."""
    if a.sha256 != b.sha256:
        return Difference("content", "", f"sha256 {a.sha256}", f"sha256 {b.sha256}")
    if a.path != b.path:
        return Difference("path", "", a.path, b.path)
    return Difference("record", "", *(short(n.record["lineage"]) for n in (a, b) if n.record))


def _matched(mine: list[Node], theirs: list[Node], same: Any) -> tuple[list, list, list]:
    """Pairs of the two lists with the same `same(node)`, and what is left of either."""
    by_key = {same(node): node for node in theirs}
    pairs = [(node, by_key.pop(same(node))) for node in mine if same(node) in by_key]
    done = {id(node) for pair in pairs for node in pair}
    left = [[node for node in nodes if id(node) not in done] for nodes in (mine, theirs)]
    return pairs, *left


def _by_path(node: Node) -> str:
    return node.path


def _by_job(node: Node) -> tuple[str, ...]:
    if node.record is None:
        return (node.path,)
    name = node.path.rpartition("/")[2]
    return (node.record["rule"], *map(str, sorted(node.record["wildcards"].items())), name)


def _listed(nodes: list[Node]) -> str:
    paths = [node.path for node in nodes]
    return ", ".join(paths[:2] + ([f"{len(paths) - 2} more"] if len(paths) > 2 else [])) or ABSENT
