"""The rules of the pipeline as a drawing: boxes from left to right, arrows where data flows."""

from collections.abc import Iterable, Mapping
from html import escape
from itertools import pairwise
from statistics import fmean

Edges = set[tuple[str, str]]

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 128, 40, 172, 58, 8


def layers(edges: Edges) -> list[list[str]]:
    """The rules by the length of the longest way that leads to them."""
    rules = sorted({rule for edge in edges for rule in edge})
    depth = dict.fromkeys(rules, 0)
    for _ in rules:
        for before, after in edges:
            depth[after] = max(depth[after], depth[before] + 1)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for rule in rules:
        columns[depth[rule]].append(rule)
    return columns


def reduced(edges: Edges) -> Edges:
    """The edges without those that a longer way stands for."""
    after: dict[str, set[str]] = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)

    def reached(rules: Iterable[str]) -> set[str]:
        found: set[str] = set()
        pending = list(rules)
        while pending:
            for rule in after.get(pending.pop(), set()) - found:
                found.add(rule)
                pending.append(rule)
        return found

    return {(a, b) for a, b in edges if b not in reached(after[a])}


def ordered(columns: list[list[str]], edges: Edges) -> list[list[str]]:
    """Each column sorted by where the boxes stand that lead into it, so that few arrows cross."""
    place: dict[str, float] = {}
    for column in columns:
        wish = {}
        for rule in column:
            before = [place[a] for a, b in edges if b == rule]
            wish[rule] = fmean(before) if before else 0.0
        column.sort(key=lambda rule: (wish[rule], rule))
        for row, rule in enumerate(column):
            place[rule] = row - (len(column) - 1) / 2
    return columns


def stepped(edges: Edges) -> tuple[Edges, dict[str, tuple[str, str]]]:
    """Edges that each lead one column on, with a way station in every column that one skips.

    The second value maps a station to the edge that it belongs to.
    """
    depth = {rule: at for at, column in enumerate(layers(edges)) for rule in column}
    steps, stations = set(), {}
    for a, b in sorted(edges):
        way = [a, *(f"{a} to {b} {at}" for at in range(depth[a] + 1, depth[b])), b]
        stations |= dict.fromkeys(way[1:-1], (a, b))
        steps |= set(pairwise(way))
    return steps, stations


def graph_svg(edges: Edges, notes: Mapping[str, str] | None = None, end: str = "report") -> str:
    """Rules as boxes, `notes` below their names; `end` reads whatever nothing else reads.

    Ways that a longer one stands for are left out.
    """
    sinks = {b for _, b in edges} - {a for a, _ in edges} - {end}
    steps, stations = stepped(reduced(edges | {(rule, end) for rule in sinks}))
    columns = ordered(layers(steps), steps)
    rows = max(map(len, columns), default=1)
    place = {
        rule: (MARGIN + at * ACROSS, MARGIN + (row + (rows - len(column)) / 2) * DOWN)
        for at, column in enumerate(columns)
        for row, rule in enumerate(column)
    }
    lines = "".join(_line(place[a], place[b], b not in stations) for a, b in sorted(steps))
    lines += "".join(_line(place[at], place[at], False, WIDTH) for at in stations)
    boxes = "".join(
        _box(rule, (notes or {}).get(rule, ""), *at)
        for rule, at in place.items()
        if rule not in stations
    )
    width = max(0, len(columns) - 1) * ACROSS + WIDTH + 2 * MARGIN
    height = (rows - 1) * DOWN + HEIGHT + 2 * MARGIN
    return (
        f'<svg class="dag" viewBox="0 0 {width} {height}" role="img" '
        'aria-label="the rules of the pipeline and what they read"><defs><marker id="tip" '
        'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path class="tip" d="M0,0 L8,4 L0,8 z"/></marker></defs>{lines}{boxes}</svg>'
    )


def _line(
    start: tuple[float, float], stop: tuple[float, float], ends: bool, across: float = 0
) -> str:
    """From the right side of one place to the left side of another, or `across` one of them."""
    x0, y0 = start[0] + (0 if across else WIDTH), start[1] + HEIGHT / 2
    x1, y1 = stop[0] + across - (2 if ends else 0), stop[1] + HEIGHT / 2
    bend = (x0 + x1) / 2
    tip = ' marker-end="url(#tip)"' if ends else ""
    return f'<path class="arrow"{tip} d="M{x0},{y0} C{bend},{y0} {bend},{y1} {x1},{y1}"/>'


def _box(rule: str, note: str, x: float, y: float) -> str:
    middle, line = WIDTH / 2, 17 if note else 24
    below = f'<text class="note" x="{middle}" y="31">{escape(note)}</text>' if note else ""
    return (
        f'<g transform="translate({x},{y})"><rect width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
        f'<text x="{middle}" y="{line}">{escape(rule)}</text>{below}</g>'
    )
