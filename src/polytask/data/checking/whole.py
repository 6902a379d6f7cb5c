"""Check a whole copy of a data set against what is published about it."""

import os
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from polytask.data.benchmarks import Benchmark
from polytask.data.checking.extra import EXTRA_CHECKS
from polytask.data.checking.findings import Finding
from polytask.data.checking.objects import ObjectCounts, splits_with_objects
from polytask.data.checking.samples import Sample, check_sample
from polytask.data.checking.splits import check_splits
from polytask.data.checking.values import Values
from polytask.data.layout import Layout
from polytask.data.layouts import open_layout
from polytask.data.views import Size
from polytask.progress import bar

AHEAD = 4
"""How many images each thread has in its queue: the memory does not grow with the data set."""


@dataclass
class Report:
    """What a copy holds: images per split, per size and per encoding, labels; what is wrong.

    A finding that several images or labels share is there once.
    """

    root: Path
    benchmark: Benchmark
    splits: dict[str, int]
    told: dict[Finding, None]
    sizes: Counter[Size] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    values: dict[str, Values] = field(default_factory=dict)
    objects: ObjectCounts = field(default_factory=ObjectCounts)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong, in the order in which it was found."""
        return list(self.told)

    def add(self, sample: Sample) -> None:
        """Count in what was found at one id."""
        if sample.image_hw:
            self.sizes[sample.image_hw] += 1
        if sample.encoding:
            self.encodings[sample.encoding] += 1
        for task, values in sample.values.items():
            self.values[task] = self.values.get(task, Values()) + values
        self.objects += sample.objects
        self.told |= dict.fromkeys(sample.findings)


def check_copy(benchmark: Benchmark, root: Path, num_threads: int | None = None) -> Report:
    """Read every file that the published splits name, and report what is wrong.

    Nothing is written. Findings come in the order of the lists, whatever the threads. Raises
    UserError where nothing in the benchmark's layout lies at `root`.
    """
    layout = open_layout(benchmark.layout, root)
    splits, findings = check_splits(layout, benchmark)
    findings += EXTRA_CHECKS.get(benchmark.layout, _nothing)(layout, benchmark)
    counts = {split: len(ids) for split, ids in splits.items()}
    report = Report(root, benchmark, counts, dict.fromkeys(findings))
    _read(layout, splits, report, num_threads)
    return report


def _nothing(layout: Layout, benchmark: Benchmark) -> list[Finding]:
    return []


def _once(splits: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Every id, under the first split that lists it."""
    seen: set[str] = set()
    for split, ids in splits.items():
        for name in ids:
            if name not in seen:
                seen.add(name)
                yield split, name


def _read(
    layout: Layout, splits: dict[str, list[str]], report: Report, num_threads: int | None
) -> None:
    """Read the images in threads, in order, and no more of them ahead than threads can take."""
    num_threads = num_threads or min(16, os.cpu_count() or 1)
    with_objects = splits_with_objects(layout, splits)
    waiting: deque[Future[Sample]] = deque()
    pool = ThreadPoolExecutor(num_threads)
    try:
        with bar("checking", total=sum(map(len, splits.values())), unit="image") as progress:

            def take() -> None:
                report.add(waiting.popleft().result())
                progress.update()

            for split, name in _once(splits):
                known = partial(check_sample, has_objects=split in with_objects)
                waiting.append(pool.submit(known, layout, split, name, report.benchmark))
                if len(waiting) >= AHEAD * num_threads:
                    take()
            while waiting:
                take()
    finally:
        pool.shutdown(cancel_futures=True)
