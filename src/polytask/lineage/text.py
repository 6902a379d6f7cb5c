"""A tree for the terminal."""

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from polytask.lineage.outline import Step, folded, outline, usual
from polytask.lineage.tree import Tree

WIDTH = 100
NUM_LINES = 3
"""How many lines of parameters a step may take when they are not asked for."""


def as_text(tree: Tree, *, code: bool = False, params: bool = False) -> str:
    """The whole answer; `code` lists every code file and `params` every parameter of every job."""
    number = tree.number
    value = f" = {number.value}" if number.value else ""
    lines = [f"{number.title}{value}", f"  lineage id {number.id}"]
    if number.selector:
        lines.append(f"  {number.selector} in {number.path}")
    lines += [line for warning in tree.warnings for line in _wrapped("WARNING: ", warning, "")]
    common = usual(tree)
    lines += [
        "",
        "Where a job does not say otherwise:",
        *_facts(folded(common), "  ", "lock file"),
    ]
    return "\n".join([*lines, "", *_step(outline(tree, common), "", "", code, params)]) + "\n"


def _step(step: Step, first: str, rest: str, code: bool, params: bool) -> Iterator[str]:
    role = f"{step.role}: " if step.role else ""
    again = "  (see above)" if step.repeated else ""
    yield from _wrapped(f"{first}{role}", f"{_files(step)}{again}", f"{rest}    ")
    if step.repeated:
        return
    bar = f"{rest}│ " if step.steps else f"{rest}  "
    yield f"{bar}{step.title}"
    facts = dict(step.facts)
    if step.params:
        shown = ", ".join(f"{name}={value}" for name, value in step.params.items())
        facts = {"params": shown} | facts
    yield from _facts(facts, bar, "also read", None if params else NUM_LINES)
    if code:
        yield from (f"{bar}    {sha256}  {path}" for path, sha256 in step.code.items())
    for place, inner in enumerate(step.steps):
        last = place == len(step.steps) - 1
        branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _step(inner, rest + branch, rest + below, code, params)


def _files(step: Step) -> str:
    """One path, or the folder that several files of one job share, and their names."""
    if len(step.files) == 1:
        return step.files[0]
    paths = [PurePath(file) for file in step.files]
    if len({path.parent for path in paths}) > 1:
        return ", ".join(step.files)
    names = [path.name for path in paths]
    shown = names if len(names) <= 4 else [*names[:2], f"... {len(names) - 3} more ...", names[-1]]
    return f"{paths[0].parent}/ {', '.join(shown)}"


def _facts(
    facts: Mapping[str, str], bar: str, longest: str, limit: int | None = None
) -> Iterator[str]:
    for name, value in facts.items():
        label = f"{bar}{name:<{len(longest)}}  "
        lines = list(_wrapped(label, value, f"{bar}{'':{len(longest)}}  "))
        if name == "params" and limit and len(lines) > limit:
            lines = [*lines[:limit], f"{bar}{'':{len(longest)}}  ... (all: --params)"]
        yield from lines


def _wrapped(label: str, text: str, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        width=max(WIDTH, len(indent) + 40),
        initial_indent=label,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
