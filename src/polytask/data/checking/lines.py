"""A report for people, and as data."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from polytask.data.checking.objects import ObjectCounts
from polytask.data.checking.values import Values
from polytask.data.checking.whole import Report
from polytask.tasks import TASKS

SHOWN = 5
"""How many sizes, and classes that do not occur, are named."""


def lines(report: Report) -> Iterator[str]:
    """What the copy holds, then every finding, then how many there are."""
    yield f"{report.benchmark.title}: {report.root}"
    for split, count in report.splits.items():
        yield f"  {split:12} {count} images"
    if report.sizes:
        sizes = Counter({f"{h} x {w}": count for (h, w), count in report.sizes.items()})
        yield f"  {'sizes':12} {_common(sizes)}"
    if report.encodings:
        yield f"  {'encodings':12} {_common(report.encodings)}"
    for task, values in report.values.items():
        yield f"  {task:12} {_words(task, values, report.benchmark.num_classes)}"
    if report.objects.num_images:
        yield f"  {'instances':12} {_objects(report.objects)}"
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
        "encodings": dict(report.encodings.most_common()),
        "instances": _object_numbers(report.objects),
        "tasks": {task: _numbers(values) for task, values in report.values.items()},
        "findings": [{"subject": f.subject, "message": f.message} for f in report.findings],
    }


def _common(counts: Counter[str]) -> str:
    common = [f"{name} ({n})" for name, n in counts.most_common(SHOWN)]
    more = len(counts) - len(common)
    return ", ".join(common) + (f" and {more} more" if more else "")


def _words(task: str, values: Values, num_classes: int) -> str:
    words = [f"{values.num_files} labels", f"{values.ignored:.1%} of the pixels ignored"]
    if math.isfinite(values.high):
        unit = " m" if task == "depth" else ""
        words.append(f"{values.low:.3g} to {values.high:.3g}{unit}")
    about = TASKS[task]
    count = num_classes if about.num_channels is None else len(about.classes)
    if count:
        missing = [str(c) for c in range(count) if c not in values.classes]
        named = f" (not: {', '.join(missing)})" if 0 < len(missing) <= SHOWN else ""
        words.append(f"{count - len(missing)} of {count} classes occur{named}")
    return ", ".join(words)


def _objects(counts: ObjectCounts) -> str:
    crowds = f", {counts.num_crowds} of them crowds" if counts.num_crowds else ""
    return (
        f"{counts.num_objects} objects{crowds}, in {counts.num_shown} of {counts.num_images} "
        f"images, {len(counts.classes)} classes occur"
    )


def _object_numbers(counts: ObjectCounts) -> dict[str, Any]:
    return {
        "images": counts.num_images,
        "images_with_objects": counts.num_shown,
        "objects": counts.num_objects,
        "crowds": counts.num_crowds,
        "classes": sorted(counts.classes),
    }


def _numbers(values: Values) -> dict[str, Any]:
    numbers = {
        "files": values.num_files,
        "ignored": values.ignored,
        "classes": sorted(values.classes),
    }
    if math.isfinite(values.high):
        numbers |= {"low": values.low, "high": values.high}
    return numbers
