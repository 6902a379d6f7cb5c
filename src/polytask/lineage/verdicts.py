"""An audit in words and as JSON: a line per target, and a line per thing that does not hold."""

from collections.abc import Iterator
from typing import Any

from polytask.lineage.audit import Audit

INDENT = "  "


def lines(result: Audit) -> Iterator[str]:
    """What a person reads."""
    width = max(map(len, result.cells), default=0)
    for target, cells in result.cells.items():
        yield f"{target:{width}}  {_counted(len(cells)):>12}  {result.verdict(target)}"
        yield from _parts(result, target, width)
    for title, wanted in (("What does not hold", True), ("Made in other circumstances", False)):
        found = [n for n, each in enumerate(result.findings) if each.is_integrity is wanted]
        if found:
            yield ""
            yield f"{title}:"
        for number in found:
            yield f"{INDENT}{_line(result, number)}"
    yield ""
    yield _summary(result)


def as_json(result: Audit) -> dict[str, Any]:
    """What a program reads; findings are named by their place in the list."""
    return {
        "verified": not result.findings,
        "targets": {
            target: {
                "verdict": result.verdict(target),
                "findings": list(result.affected[target]),
                "numbers": {selector: list(found) for selector, found in cells.items()},
            }
            for target, cells in result.cells.items()
        },
        "findings": [
            {**finding.as_json(), "targets": result.dependents(number)}
            for number, finding in enumerate(result.findings)
        ],
        "read": {"files": result.reading.num_files, "bytes": result.reading.size},
    }


def _parts(result: Audit, target: str, width: int) -> Iterator[str]:
    """A line per verdict, with its rows, where the numbers of one table do not share it."""
    rows: dict[str, dict[str, int]] = {}
    for selector, found in result.cells[target].items():
        row = selector.partition("/")[0]
        of_verdict = rows.setdefault(result.verdict_on(found), {})
        of_verdict[row] = of_verdict.get(row, 0) + 1
    for verdict, counts in rows.items() if len(rows) > 1 else ():
        count, names = _counted(sum(counts.values())), ", ".join(counts)
        yield f"{INDENT}{names:{width - len(INDENT)}}  {count:>12}  {verdict}"


def _line(result: Audit, number: int) -> str:
    """A finding, and how much depends on it."""
    finding, targets = result.findings[number], result.dependents(number)
    count = sum(number in found for target in targets for found in result.cells[target].values())
    if len(targets) == len(result.cells) and count in (0, sum(map(len, result.cells.values()))):
        depends = "everything depends on it" if len(targets) > 1 else ""
    else:
        what = _counted(count) or f"{len(targets)} files"
        depends = f"{what} in {len(targets)} of {len(result.cells)} targets depend on it"
    parts = [f"{finding.kind}: {finding.subject}: {finding.text}", depends]
    return "; ".join(part for part in parts if part)


def _summary(result: Audit) -> str:
    good = sum(not found for found in result.affected.values())
    cells = [found for cells in result.cells.values() for found in cells.values()]
    read = f"{result.reading.num_files} files, {result.reading.size / 1e6:.1f} MB"
    return (
        f"{good} of {len(result.affected)} targets verified "
        f"({sum(not found for found in cells)} of {len(cells)} numbers); read {read}"
    )


def _counted(count: int) -> str:
    return f"{count} number{'s' if count > 1 else ''}" if count else ""
