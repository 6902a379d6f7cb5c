"""Check a whole copy of a data set against what is published about it."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from polytask.data.benchmarks import Benchmark
from polytask.data.checking.findings import Finding
from polytask.data.checking.samples import Sample, check_sample
from polytask.data.checking.splits import check_splits
from polytask.data.checking.values import Values
from polytask.data.layout import Layout
from polytask.data.layouts import open_layout
from polytask.data.views import Size
from polytask.progress import bar


@dataclass
class Report:
    """What a copy holds: images per split, images per size, labels per task; and what is wrong."""

    root: Path
    benchmark: Benchmark
    splits: dict[str, int]
    findings: list[Finding]
    sizes: Counter[Size] = field(default_factory=Counter)
    values: dict[str, Values] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        """Count in what was found at one id."""
        if sample.image_hw:
            self.sizes[sample.image_hw] += 1
        for task, values in sample.values.items():
            self.values[task] = self.values.get(task, Values()) + values
        self.findings += sample.findings


def check_copy(benchmark: Benchmark, root: Path, num_threads: int | None = None) -> Report:
    """Read every file that the published splits name, and report what is wrong.

    Nothing is written. Findings come in the order of the lists, whatever the threads. Raises
    UserError where nothing in the benchmark's layout lies at `root`.
    """
    layout = open_layout(benchmark.layout, root)
    splits, findings = check_splits(layout, benchmark)
    report = Report(root, benchmark, {s: len(ids) for s, ids in splits.items()}, findings)
    _read(layout, _once(splits), report, num_threads)
    return report


def _once(splits: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Every id, under the first split that lists it."""
    first: dict[str, str] = {}
    for split, ids in splits.items():
        for name in ids:
            first.setdefault(name, split)
    return [(split, name) for name, split in first.items()]


def _read(
    layout: Layout, ids: list[tuple[str, str]], report: Report, num_threads: int | None
) -> None:
    check = partial(_check, layout, report.benchmark)
    pool = ThreadPoolExecutor(num_threads or min(16, os.cpu_count() or 1))
    try:
        with bar("checking", total=len(ids), unit="image") as progress:
            for sample in pool.map(check, ids):
                report.add(sample)
                progress.update()
    finally:
        pool.shutdown(cancel_futures=True)


def _check(layout: Layout, benchmark: Benchmark, where: tuple[str, str]) -> Sample:
    return check_sample(layout, *where, benchmark)
