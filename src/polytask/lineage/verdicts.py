"""An audit in words and as JSON: a line per target, and a line per thing that does not hold."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from polytask.lineage.audit import Audit
from polytask.lineage.findings import Finding
from polytask.lineage.tables import is_number

COUNTED_FROM = 2  # columns of a table that name a method are no numbers


def lines(result: Audit) -> Iterator[str]:
    """What a person reads."""
    numbers = {target: count_numbers(Path(target)) for target in result.chain.targets}
    width = max(map(len, numbers), default=0)
    for target, count in numbers.items():
        yield f"{target:{width}}  {_counted(count):>12}  {result.verdict(target)}"
    for title, wanted in (("What does not hold", True), ("Made in other circumstances", False)):
        found = [n for n, each in enumerate(result.findings) if each.is_integrity is wanted]
        if found:
            yield ""
            yield f"{title}:"
        for number in found:
            yield f"  {_line(result.findings[number], result.dependents(number), numbers)}"
    yield ""
    yield _summary(result, numbers)


def as_json(result: Audit) -> dict[str, Any]:
    """What a program reads; findings of a target are named by their place in the list."""
    numbers = {target: count_numbers(Path(target)) for target in result.chain.targets}
    return {
        "verified": not result.findings,
        "targets": {
            target: {
                "numbers": count,
                "verdict": result.verdict(target),
                "findings": list(result.affected[target]),
            }
            for target, count in numbers.items()
        },
        "findings": [
            {**finding.as_json(), "targets": result.dependents(number)}
            for number, finding in enumerate(result.findings)
        ],
        "read": {"files": result.reading.num_files, "bytes": result.reading.size},
    }


def count_numbers(path: Path) -> int:
    """How many numbers a table or a metrics file states; none in other files."""
    try:
        if path.suffix == ".csv":
            rows = list(csv.reader(path.read_text().splitlines()))[1:]
            return sum(is_number(cell) for row in rows for cell in row[COUNTED_FROM:])
        return len(json.loads(path.read_text())["tasks"]) if path.name == "metrics.json" else 0
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return 0


def _line(finding: Finding, targets: list[str], numbers: Mapping[str, int]) -> str:
    count = sum(numbers[target] for target in targets)
    if targets == list(numbers):
        depends = "everything depends on it" if len(targets) > 1 else ""
    else:
        what = _counted(count) or f"{len(targets)} files"
        depends = f"{what} in {len(targets)} of {len(numbers)} targets depend on it"
    parts = [f"{finding.kind}: {finding.subject}: {finding.text}", depends]
    return "; ".join(part for part in parts if part)


def _summary(result: Audit, numbers: Mapping[str, int]) -> str:
    good = [target for target in numbers if not result.affected[target]]
    read = f"{result.reading.num_files} files, {result.reading.size / 1e6:.1f} MB"
    return (
        f"{len(good)} of {len(numbers)} targets verified "
        f"({sum(numbers[t] for t in good)} of {sum(numbers.values())} numbers); read {read}"
    )


def _counted(count: int) -> str:
    return f"{count} number{'s' if count > 1 else ''}" if count else ""
