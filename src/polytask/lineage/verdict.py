"""The answer to `polytask lineage --why-different`, for people and for programs."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from polytask.lineage.compare import Cause, Comparison
from polytask.lineage.differences import Difference
from polytask.lineage.tree import Tree

NUM_EXAMPLES = 3
UNEXPLAINED = {
    "content": "same inputs, parameters, code and packages, yet other content: not deterministic?",
    "record": "same content from the same things, yet other lineages: a record was edited?",
}


def as_text(comparison: Comparison) -> str:
    """Both numbers, then every cause."""
    a, b = comparison.a, comparison.b
    lines = [f"A  {_about(a)}", f"B  {_about(b)}"]
    for side, tree in (("A", a), ("B", b)):
        lines += [f"WARNING, {side}: {warning}" for warning in tree.warnings]
    lines += ["", _summary(comparison)]
    for place, cause in enumerate(comparison.causes, start=1):
        lines += ["", *_cause(place, cause)]
    return "\n".join(lines) + "\n"


def as_json(comparison: Comparison) -> dict[str, Any]:
    """The same for programs."""
    return {
        "a": {"id": comparison.a.number.id, "name": comparison.a.number.title},
        "b": {"id": comparison.b.number.id, "name": comparison.b.number.title},
        "same": comparison.same,
        "warnings": {"a": comparison.a.warnings, "b": comparison.b.warnings},
        "causes": [
            {
                "a": cause.a.path,
                "b": cause.b.path,
                "differences": [asdict(each) for each in cause.differences],
                "also": cause.also,
            }
            for cause in comparison.causes
        ],
    }


def _about(tree: Tree) -> str:
    number = tree.number
    value = f" = {number.value}" if number.value else ""
    return f"{number.title}{value}  ({number.id}, {number.file})"


def _summary(comparison: Comparison) -> str:
    if comparison.same:
        return "One lineage: both are the same number, made from the same things in the same way."
    if not comparison.causes:
        if comparison.a.root.record["lineage"] == comparison.b.root.record["lineage"]:
            return "One lineage: both were made from the same files; only row or column differ."
        return "One lineage as far as these numbers go: the tables differ in other rows only."
    count = len(comparison.causes)
    places = "one place" if count == 1 else f"{count} places, the one nearest to the raw data first"
    return f"The lineages part in {places}:"


def _cause(place: int, cause: Cause) -> Iterator[str]:
    paths = dict.fromkeys((cause.a.path, cause.b.path))
    yield f"{place}. {' | '.join(paths)}{_rule(cause)}"
    for each in cause.differences:
        yield from _difference(each)
    if hint := _diff_command(cause):
        yield f"     {hint}"
    if cause.also:
        more = len(cause.also) - NUM_EXAMPLES
        names = ", ".join(cause.also[:NUM_EXAMPLES]) + (f" and {more} more" if more > 0 else "")
        yield from textwrap.wrap(
            f"part of this again in {names}",
            100,
            initial_indent="     ",
            subsequent_indent="       ",
        )


def _rule(cause: Cause) -> str:
    record = cause.a.record or cause.b.record
    return f"  (rule {record['rule']})" if record else "  (raw data)"


def _difference(each: Difference) -> Iterator[str]:
    if each.kind in UNEXPLAINED:
        yield f"     {UNEXPLAINED[each.kind]}"
    label = f"     {' '.join(filter(None, (each.kind, each.key)))}: "
    line = f"{label}{each.a} -> {each.b}"
    if len(line) <= 100:
        yield line
    else:
        yield from (label.rstrip(), f"       A  {each.a}", f"       B  {each.b}")


def _diff_command(cause: Cause) -> str:
    """How to see what the code differs in, where both commits are known and clean."""
    states = [node.record["git"] for node in (cause.a, cause.b) if node.record]
    files = [each.key for each in cause.differences if each.kind == "code"]
    commits = [state["commit"] for state in states if state["commit"] and not state["dirty"]]
    if not files or len(commits) < 2 or commits[0] == commits[1]:
        return ""
    return f"git diff {commits[0][:12]} {commits[1][:12]} -- {' '.join(files[:5])}"
