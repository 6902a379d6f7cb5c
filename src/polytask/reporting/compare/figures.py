"""Accuracy against cost, a point per system."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from polytask.drawing.colours import METHOD_COLOURS
from polytask.reporting.style import INK, WIDE, styled, svg


@dataclass(frozen=True)
class Point:
    """A system: its gain over the baseline in percent, the spread of that, and what it costs."""

    title: str
    gain: float
    spread: float
    gflops: float
    latency_ms: float
    megaparameters: float


def accuracy_against_cost(points: Sequence[Point]) -> str:
    """Three panels with the same gains: against FLOPs, time and parameters of one image."""
    measures = (
        ("GFLOP per image, all tasks", "gflops"),
        ("milliseconds per image, all tasks", "latency_ms"),
        ("parameters, M", "megaparameters"),
    )
    with styled():
        figure, axes = plt.subplots(1, 3, figsize=(WIDE, 3.6), sharey=True)
        for axis, (label, key) in zip(axes, measures, strict=True):
            _panel(axis, points, key, label)
        axes[0].set_ylabel("gain over the baseline, %")
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=min(4, len(points)), fontsize=8)
        return svg(figure)


def _panel(axis: Axes, points: Sequence[Point], key: str, label: str) -> None:
    colours = METHOD_COLOURS * (1 + len(points) // len(METHOD_COLOURS))
    for point, colour in zip(points, colours, strict=False):
        axis.errorbar(
            getattr(point, key), point.gain, yerr=point.spread, fmt="o", markersize=7, capsize=3,
            color=colour, label=point.title,
        )  # fmt: skip
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.set_xlabel(label)
    axis.set_xlim(left=0, right=1.08 * max(getattr(point, key) for point in points))
