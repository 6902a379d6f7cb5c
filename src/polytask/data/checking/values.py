"""What labels hold, and what in it cannot be meant. Shapes: (H, W), or (C, H, W) of vectors."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from polytask.data.benchmarks import Benchmark
from polytask.tasks import IGNORE, TASKS

NEITHER_UNIT_NOR_ZERO = 0.05
"""Share of the vectors of a normal map from which on it is something else."""

MOSTLY_BOUNDARY = 0.5
"""Share of boundary pixels from which on a boundary map is upside down."""

MILLIMETRES = 500.0
"""Median depth from which on millimetres are more likely than centimetres."""


@dataclass(frozen=True)
class Values:
    """What the labels of one task hold, over any number of files; `low`, `high`: of quantities."""

    num_files: int = 0
    num_pixels: int = 0
    num_ignored: int = 0
    low: float = math.inf
    high: float = -math.inf
    classes: frozenset[int] = frozenset()

    def __add__(self, other: "Values") -> "Values":
        return Values(
            self.num_files + other.num_files,
            self.num_pixels + other.num_pixels,
            self.num_ignored + other.num_ignored,
            min(self.low, other.low),
            max(self.high, other.high),
            self.classes | other.classes,
        )

    @property
    def ignored(self) -> float:
        """Share of the pixels that losses and metrics do not look at."""
        return self.num_ignored / self.num_pixels if self.num_pixels else 0.0


def measure(task: str, values: np.ndarray) -> Values:
    """What one decoded label holds."""
    kind = TASKS[task].kind
    if kind == "unit_vectors":
        valid = _is_unit(_lengths(values))
        return Values(1, valid.size, int((~valid).sum()))
    if kind in ("positive", "regression"):
        known = values[values > 0 if kind == "positive" else ~np.isnan(values)]
        low, high = (known.min(), known.max()) if known.size else (math.inf, -math.inf)
        return Values(1, values.size, values.size - known.size, float(low), float(high))
    counts = np.bincount(values.ravel(), minlength=IGNORE + 1)
    classes = frozenset(np.flatnonzero(counts[:IGNORE]).tolist())
    return Values(1, values.size, int(counts[IGNORE]), classes=classes)


def oddities(task: str, values: np.ndarray, benchmark: Benchmark) -> Iterator[str]:
    """What one label that can be decoded holds all the same that it should not."""
    measured = measure(task, values)
    if measured.num_ignored == measured.num_pixels and task not in benchmark.may_be_empty:
        yield "no pixel is labelled"
    elif TASKS[task].kind == "unit_vectors":
        yield from _odd_normals(values)
    elif task == "depth":
        yield from _odd_depth(values[values > 0], benchmark)
    elif task == "disparity" and measured.high > benchmark.max_disparity:
        limit = benchmark.max_disparity
        yield f"disparity {measured.high:g} is more than {limit:g}: is it in another unit?"
    elif TASKS[task].kind == "regression" and measured.low == measured.high:
        yield f"every pixel is {measured.low:g}"
    elif TASKS[task].kind == "binary" and (share := float((values == 1).mean())) > MOSTLY_BOUNDARY:
        yield f"{share:.0%} of the pixels are boundary; is the map inverted?"


def _odd_normals(values_3HW: np.ndarray) -> Iterator[str]:
    lengths = _lengths(values_3HW)
    is_marked = (values_3HW == 0).all(0) if values_3HW.dtype == np.uint8 else lengths < 0.1
    is_odd = ~_is_unit(lengths) & (lengths >= 0.1) & ~is_marked
    if (share := float(is_odd.mean())) > NEITHER_UNIT_NOR_ZERO:
        yield f"{share:.0%} of the normals are neither unit vectors nor zero"


def _odd_depth(depths: np.ndarray, benchmark: Benchmark) -> Iterator[str]:
    if not depths.size:
        return
    median, high = float(np.median(depths)), float(depths.max())
    lowest, highest = benchmark.median_depth
    if median > benchmark.max_depth:
        unit = "millimetres" if median >= MILLIMETRES else "centimetres"
        yield f"half of the depths are above {median:g}: {unit}, where metres are meant?"
    elif high > benchmark.max_depth:
        yield f"depth {high:g} m is more than the {benchmark.max_depth:g} m that can be"
    elif not lowest <= median <= highest:
        side = "above" if median > highest else "below"
        yield f"half of the depths are {side} {median:g} m: are they in another unit?"


def _lengths(values_3HW: np.ndarray) -> np.ndarray:
    vectors = values_3HW.astype(np.float32)
    if values_3HW.dtype == np.uint8:
        vectors = vectors * (2 / 255) - 1
    return np.sqrt(np.einsum("chw,chw->hw", vectors, vectors))


def _is_unit(lengths: np.ndarray) -> np.ndarray:
    """The vectors that `data.geometry` takes for normals: encodings are coarse."""
    return (lengths > 0.5) & (lengths < 1.5)
