"""What the provenance records say: which rules made what, with which code and software."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
Edges = set[tuple[str, str]]


def records_behind(files: Sequence[Path], folder: Path = Path("provenance")) -> dict[str, Record]:
    """The records of `files` and of all that they were made from, by output path.

    What has no record (raw data, a file made by hand) is where the walk ends.
    """
    found: dict[str, Record] = {}
    pending = [str(file) for file in files]
    while pending:
        path = pending.pop()
        record = folder / f"{path}.json"
        if path in found or not record.is_file():
            continue
        found[path] = json.loads(record.read_text())
        pending += [item["path"] for item in inputs_of(found[path])]
    return found


def inputs_of(record: Record) -> Iterator[Mapping[str, Any]]:
    """Every input file of a record, whatever its name in the rule."""
    for files in record["inputs"].values():
        yield from files


def rule_graph(records: Mapping[str, Record]) -> Edges:
    """Pairs (earlier rule, later rule): the later one read what the earlier one made."""
    edges: Edges = set()
    for record in records.values():
        for item in inputs_of(record):
            if item["path"] in records:
                edges.add((records[item["path"]]["rule"], record["rule"]))
    return edges


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


def graph_svg(edges: Edges, end: str = "report") -> str:
    """The rules as boxes from left to right, an arrow where one reads what another made."""
    columns = layers(edges | {(rule, end) for rule in {b for _, b in edges}})
    width, height, across, down = 132, 26, 164, 44
    rows = max(map(len, columns), default=1)
    place = {
        rule: (10 + at * across, 10 + (row + (rows - len(column)) / 2) * down)
        for at, column in enumerate(columns)
        for row, rule in enumerate(column)
    }
    ends = {after for _, after in edges} - {before for before, _ in edges}
    lines = []
    for before, after in sorted(edges | {(rule, end) for rule in ends}):
        (x0, y0), (x1, y1) = place[before], place[after]
        start, stop, y0, y1 = x0 + width, x1, y0 + height / 2, y1 + height / 2
        bend = (start + stop) / 2
        lines.append(f'<path d="M{start},{y0} C{bend},{y0} {bend},{y1} {stop},{y1}"/>')
    boxes = [
        f'<g transform="translate({x},{y})"><rect width="{width}" height="{height}" rx="6"/>'
        f'<text x="{width / 2}" y="17" text-anchor="middle">{rule}</text></g>'
        for rule, (x, y) in place.items()
    ]
    size = f"0 0 {len(columns) * across} {rows * down + 10}"
    return (
        f'<svg class="dag" viewBox="{size}" role="img" aria-label="rules and what they read">'
        f"{''.join(lines)}{''.join(boxes)}</svg>"
    )
