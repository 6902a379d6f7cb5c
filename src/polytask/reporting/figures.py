"""The figures of the page."""

import textwrap
from collections.abc import Mapping, Sequence

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from polytask.drawing.colours import (
    EXPERT_COLOURS,
    METHOD_COLOURS,
    SHOWN_COLOUR,
    TASK_COLOURS,
)
from polytask.reporting.style import INK, NARROW, WIDE, styled, svg
from polytask.tasks import TASKS

Curve = Sequence[Mapping[str, float]]


def curves(named: Mapping[str, Curve], key: str, shown: str) -> str:
    """One line per run: `key` over steps; `shown` stands out."""
    with styled():
        figure, axis = plt.subplots(figsize=(NARROW, 2.7))
        draw_curves(axis, {name: (curve, key) for name, curve in named.items()}, shown)
        axis.set_xlabel("step")
        axis.legend(fontsize=8)
        return svg(figure)


def task_curves(named: Mapping[str, Mapping[str, Curve]], shown: str) -> str:
    """A panel per task, in it a line per method: the loss of that task over steps.

    `named` maps a method to the curve in which each task's loss stands.
    """
    tasks = next(iter(named.values()))
    panels = {
        TASKS[task].title: {name: (by_task[task], task) for name, by_task in named.items()}
        for task in tasks
    }
    return curve_panels(panels, shown)


def curve_panels(panels: Mapping[str, Mapping[str, tuple[Curve, str]]], shown: str) -> str:
    """A panel per title, in it a line per name: (curve, key) over steps; `shown` stands out.

    Every panel has the same names; a curve may be empty.
    """
    num_names = len(next(iter(panels.values())))
    with styled():
        across = min(3, len(panels))
        down = -(-len(panels) // across)
        size = WIDE, 2.15 * down + 0.35
        figure, axes = plt.subplots(down, across, figsize=size, squeeze=False, sharex=True)
        for axis in axes.flat[len(panels) :]:
            axis.set_visible(False)
        for axis, (title, lines) in zip(axes.flat, panels.items(), strict=False):
            draw_curves(axis, lines, shown)
            axis.set_title(title)
        handles = axes.flat[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=min(6, num_names), fontsize=8)
        return svg(figure)


def draw_curves(axis: Axes, named: Mapping[str, tuple[Curve, str]], shown: str) -> None:
    """Draw each (curve, key) of `named`, `shown` last and thicker, on a logarithmic axis."""
    colours = dict(zip([n for n in named if n != shown], METHOD_COLOURS * 9, strict=False))
    for name in [*colours, *({shown} & named.keys())]:
        curve, key = named[name]
        points = [point for point in curve if key in point]
        axis.plot(
            [p["step"] for p in points], [p[key] for p in points], label=name,
            color=colours.get(name, SHOWN_COLOUR), linewidth=2.4 if name == shown else 1.3,
        )  # fmt: skip
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_locator(NullLocator())


def gates(weights: Mapping[str, Sequence[Sequence[float]]], experts: Sequence[str]) -> str:
    """Mean router weights as stacked bars, a panel per level, a bar per task (SAK, Figure 4)."""
    tasks, num_levels = list(weights), len(next(iter(weights.values())))
    with styled():
        size = WIDE, 2.9
        figure, axes = plt.subplots(1, num_levels, figsize=size, sharey=True, squeeze=False)
        for level, axis in enumerate(axes[0]):
            bottom = [0.0] * len(tasks)
            for number, expert in enumerate(experts):
                height = [weights[task][level][number] for task in tasks]
                colour = EXPERT_COLOURS[number % len(EXPERT_COLOURS)]
                axis.bar(tasks, height, bottom=bottom, label=expert, color=colour, width=0.72)
                bottom = [a + b for a, b in zip(bottom, height, strict=True)]
            axis.set(title=f"Level {level + 1}", ylim=(0, 1))
            axis.set_xticks(range(len(tasks)), tasks, rotation=40, ha="right", fontsize=8)
        axes[0][0].set_ylabel("mean weight")
        handles = axes[0][0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(experts))
        return svg(figure)


def norms(statistics: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Mean token norm of every teacher at every level, with its spread (SAK, Figure 6)."""
    with styled():
        figure, axis = plt.subplots(figsize=(NARROW, 2.7))
        for number, (teacher, levels) in enumerate(statistics.items(), start=1):
            places = [level + (number - 2) * 0.06 for level in range(1, len(levels) + 1)]
            axis.errorbar(
                places, [level["norm_mean"] for level in levels],
                yerr=[level["norm_std"] for level in levels], label=teacher, marker="o",
                capsize=3, color=EXPERT_COLOURS[number % len(EXPERT_COLOURS)],
            )  # fmt: skip
        num_levels = max(map(len, statistics.values()))
        axis.set(xlabel="level", ylabel="token norm", xticks=range(1, num_levels + 1))
        axis.set_ylim(bottom=0)
        axis.legend(fontsize=8)
        return svg(figure)


def biases(relative: Mapping[str, Mapping[str, float]]) -> str:
    """Each teacher's gain over the reference per task, in percent (SAK, Figure 1)."""
    tasks = list(next(iter(relative.values())))
    columns = {name: [gains[task] for task in tasks] for name, gains in relative.items()}
    colours = dict(zip(columns, EXPERT_COLOURS[1:] * 9, strict=False))
    return grouped_bars([TASKS[t].title for t in tasks], columns, colours, "gain, %")


def task_gains(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Gain of every method over the baseline per task, in percent; methods that lack a task: 0."""
    tasks = list(next(iter(rows.values())))
    columns = {TASKS[task].title: [row.get(task, 0.0) for row in rows.values()] for task in tasks}
    colours = {TASKS[task].title: TASK_COLOURS[task] for task in tasks}
    names = [textwrap.fill(name, width=16) for name in rows]
    return grouped_bars(names, columns, colours, "gain over the baseline, %")


def grouped_bars(
    groups: Sequence[str], columns: Mapping[str, Sequence[float]],
    colours: Mapping[str, str], label: str,
    deviations: Mapping[str, Sequence[float]] | None = None,
) -> str:  # fmt: skip
    """Bars side by side: a group of them per name in `groups`, one of each column in a group.

    `deviations` are drawn as lines on the bars, by column as the heights are.
    """
    with styled():
        figure, axis = plt.subplots(figsize=(WIDE, 3.1))
        width = 0.82 / len(columns)
        for number, (name, heights) in enumerate(columns.items()):
            offset = (number - (len(columns) - 1) / 2) * width
            places = [at + offset for at in range(len(groups))]
            axis.bar(places, heights, width * 0.92, label=name, color=colours[name])
            if deviations:
                axis.errorbar(
                    places, heights, deviations[name], fmt="none", ecolor=INK, elinewidth=0.8
                )
        axis.axhline(0, color=INK, linewidth=0.8)
        axis.set_xticks(range(len(groups)), groups)
        axis.set_ylabel(label)
        figure.legend(loc="outside lower center", ncols=len(columns), fontsize=8)
        return svg(figure)
