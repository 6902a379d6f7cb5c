"""Ways in which copies of data sets go wrong."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from miniatures.scene import save
from PIL import Image

from polytask.data.benchmarks import Benchmark
from polytask.data.checking.whole import check_copy


@dataclass(frozen=True)
class Defect:
    """What is done to a copy and the one line that must tell of it, as a regular expression."""

    name: str
    plant: Callable[[Path], object]
    finding: str


def cut(file: str, share: float = 0.5) -> Callable[[Path], object]:
    """A transfer that stopped."""

    def plant(root: Path) -> None:
        data = (root / file).read_bytes()
        (root / file).write_bytes(data[: int(len(data) * share)])

    return plant


def remove(file: str) -> Callable[[Path], object]:
    return lambda root: (root / file).unlink()


def rename(file: str, other: str) -> Callable[[Path], object]:
    return lambda root: (root / file).rename(root / other)


def change(file: str, how: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], object]:
    """The same file with other values."""

    def plant(root: Path) -> None:
        path = root / file
        before = np.load(path) if path.suffix == ".npy" else np.asarray(Image.open(path))
        save(path, how(before.copy()))

    return plant


def write(file: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / file).write_text(text)


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file's bytes and time of change, by name."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), os.stat(path).st_mtime_ns)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def assert_told_and_left_alone(benchmark: Benchmark, root: Path, defect: Defect) -> None:
    """A check of the copy names the planted defect, and changes no byte and no time."""
    defect.plant(root)
    before = contents(root)
    told = [str(finding) for finding in check_copy(benchmark, root).findings]
    assert any(re.match(defect.finding, line) for line in told), told
    assert contents(root) == before
