"""What a rule gives its job, with the keys of params.yaml that it was read from.

`PARAMS = Node(config)` is indexed like the parameters themselves, `{**PARAMS["student"], "x": 1}`
included; `given(...)` turns the result into plain values. DVC is told the keys (`Given.read`), so
that both tools see the same parameters change.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from polytask.errors import UserError, advice


class Node(Mapping[str, Any]):
    """A value of params.yaml under its dotted key; children are nodes. UserError if not there."""

    def __init__(self, value: Any, key: str = "", parent: "Node | None" = None) -> None:
        self.value, self.key, self.parent = value, key, parent

    def __getitem__(self, name: str) -> "Node":
        if name not in (self.value if isinstance(self.value, Mapping) else ()):
            known = self.value if isinstance(self.value, Mapping) else ()
            raise UserError(f"params.yaml: {self.key} has no key `{name}`; {advice(name, known)}")
        return Node(self.value[name], f"{self.key}.{name}".lstrip("."), self)

    def get(self, name: str, default: Any = None) -> Any:
        """The child `name`, or `default` where there is none."""
        return self[name] if name in list(self) else default

    def __iter__(self) -> Iterator[str]:
        return iter(self.value if isinstance(self.value, Mapping) else ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        """As its value is: without this a name, which has no children, would count as none."""
        return bool(self.value)


class Given(dict[str, Any]):
    """Plain parameters of one job; `read`: the keys of params.yaml behind them, as few as will do.

    `own` is what the rule itself says: the same mapping without the values that were read.
    """

    read: list[str]
    own: Any


def given(parts: Mapping[str, Any]) -> Given:
    """Plain values of a node, or of a mapping with nodes anywhere in it."""
    nodes: dict[str, Node] = {}
    plain = Given(_plain(parts, nodes))
    for node in sorted(nodes.values(), key=lambda node: -node.key.count(".")):
        section = node.parent  # a section of which all is read stands for its keys
        if section and section.key and all(section[name].key in nodes for name in section):
            nodes[section.key] = section
    plain.read = sorted(key for key in nodes if not any(_inside(key, other) for other in nodes))
    plain.own = _own(parts)
    return plain


def _plain(part: Any, nodes: dict[str, Node]) -> Any:
    if isinstance(part, Node):
        nodes[part.key] = part
        return part.value
    if isinstance(part, Mapping):
        return {name: _plain(each, nodes) for name, each in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(each, nodes) for each in part]
    return part


def _own(part: Any) -> Any:
    if isinstance(part, Node):
        return None
    if isinstance(part, Mapping):
        return {name: _own(each) for name, each in part.items()}
    return [_own(each) for each in part] if isinstance(part, list | tuple) else part


def _inside(key: str, other: str) -> bool:
    return key.startswith(f"{other}.")
