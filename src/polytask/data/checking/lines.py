"""A report for people, and as data."""

import math
from collections.abc import Iterator
from typing import Any

from polytask.data.checking.values import Values
from polytask.data.checking.whole import Report
from polytask.tasks import PARTS

SHOWN = 5
"""How many sizes, and classes that do not occur, are named."""


def lines(report: Report) -> Iterator[str]:
    """What the copy holds, then every finding, then how many there are."""
    yield f"{report.benchmark.title}: {report.root}"
    for split, count in report.splits.items():
        yield f"  {split:12} {count} images"
    if report.sizes:
        yield f"  {'sizes':12} {_sizes(report)}"
    for task, values in report.values.items():
        yield f"  {task:12} {_words(task, values, report.benchmark.num_classes)}"
    yield from map(str, report.findings)
    yield conclusion(len(report.findings))


def conclusion(count: int) -> str:
    """The last line."""
    if not count:
        return "nothing is wrong"
    return "1 thing is wrong" if count == 1 else f"{count} things are wrong"


def as_data(report: Report) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "root": str(report.root),
        "splits": report.splits,
        "sizes": {f"{h}x{w}": count for (h, w), count in report.sizes.most_common()},
        "tasks": {task: _numbers(values) for task, values in report.values.items()},
        "findings": [{"subject": f.subject, "message": f.message} for f in report.findings],
    }


def _sizes(report: Report) -> str:
    common = [f"{h} x {w} ({n})" for (h, w), n in report.sizes.most_common(SHOWN)]
    more = len(report.sizes) - len(common)
    return ", ".join(common) + (f" and {more} more" if more else "")


def _words(task: str, values: Values, num_classes: int) -> str:
    words = [f"{values.num_files} labels", f"{values.ignored:.1%} of the pixels ignored"]
    if task == "depth" and values.high > 0:
        words.append(f"{values.low:.3g} to {values.high:.3g} m")
    count = {"semseg": num_classes, "human_parts": len(PARTS)}.get(task)
    if count:
        missing = [str(c) for c in range(count) if c not in values.classes]
        named = f" (not: {', '.join(missing)})" if 0 < len(missing) <= SHOWN else ""
        words.append(f"{count - len(missing)} of {count} classes occur{named}")
    return ", ".join(words)


def _numbers(values: Values) -> dict[str, Any]:
    numbers = {
        "files": values.num_files,
        "ignored": values.ignored,
        "classes": sorted(values.classes),
    }
    if math.isfinite(values.high):
        numbers |= {"low": values.low, "high": values.high}
    return numbers
