"""The figures of the page on SIMO."""

from collections import Counter
from collections.abc import Mapping, Sequence

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from polytask.drawing.colours import EXPERT_COLOURS, TASK_COLOURS
from polytask.reporting.rows import Rows
from polytask.reporting.simo.claims import mean_retention
from polytask.reporting.simo.relations import tasks_of
from polytask.reporting.style import INK, WIDE, styled, svg
from polytask.tasks import TASKS

MERGE_COLOURS = EXPERT_COLOURS[1:]
MARKERS = ("s", "D")
FLOOR = -100.0
"""Percent below which a curve is cut off: a gain has no lower end, and the rest would be flat.

Not where the best scale of a merge lies below it."""


def search(searches: Mapping[str, Rows]) -> str:
    """Both deltas over the scale of the task vectors, a line per merge; a mark where it is best.

    The scale is chosen by the mean relative gain.
    """
    panels = {"delta_m": "Mean relative gain, %", "delta_normalised": "Normalised, less 100, %"}
    with styled():
        figure, axes = plt.subplots(1, len(panels), figsize=(WIDE, 3.0))
        for axis, (column, title) in zip(axes, panels.items(), strict=True):
            for number, (name, rows) in enumerate(searches.items()):
                colour = MERGE_COLOURS[number % len(MERGE_COLOURS)]
                best = chosen(rows)
                label = f"{name}: λ = {best['scale']:g}"
                _line(axis, rows, column, color=colour, label=label)
                axis.plot(best["scale"], best[column], "o", color=colour, markersize=8)
            axis.axhline(0, color=INK, linewidth=0.8)
            floor = min(FLOOR, *(1.1 * chosen(rows)[column] for rows in searches.values()))
            axis.set_ylim(bottom=max(floor, axis.get_ylim()[0]))
            axis.set(title=title, xlabel="λ")
        _legend_below(figure, axes[0])
        return svg(figure)


def chosen(rows: Rows) -> Mapping[str, float]:
    """The row of a search whose mean relative gain is the largest."""
    return max(rows, key=lambda row: row["delta_m"])


def retention(rows: Rows, realigned: Mapping[str, float]) -> str:
    """What merging keeps over the number of tasks, a point per subset, a line through the means.

    A model alone keeps everything, by definition. At the right stand the re-aligned models of all
    tasks: `realigned` maps names to percent (SIMO, Figure 1).
    """
    means = {1: 100.0, **mean_retention(rows)}
    right = max(means) + 1
    with styled():
        figure, axis = plt.subplots(figsize=(WIDE, 3.4))
        axis.plot(
            _spread([row["num_tasks"] for row in rows]), [row["normalised"] for row in rows], "o",
            color=MERGE_COLOURS[0], markersize=5, alpha=0.5, label="one subset",
        )  # fmt: skip
        axis.plot([*means], [*means.values()], color=MERGE_COLOURS[0], label="mean", linewidth=2.2)
        places = _spread([right] * len(realigned), width=0.6)
        for number, (place, (name, value)) in enumerate(
            zip(places, realigned.items(), strict=True)
        ):
            axis.plot(
                place, value, MARKERS[number % len(MARKERS)], markersize=7, label=name,
                color=MERGE_COLOURS[(number // len(MARKERS) + 1) % len(MERGE_COLOURS)],
            )  # fmt: skip
        axis.axhline(100, color=INK, linewidth=0.8, linestyle=":")
        last = ["re-aligned"] if realigned else []
        axis.set_xticks([*means, *([right] if last else [])], [*map(str, means), *last])
        axis.set(xlabel="tasks merged", ylabel="normalised performance, %")
        _legend_below(figure, axis, columns=3)
        return svg(figure)


def relationships(found: Mapping[str, Rows]) -> str:
    """A panel per task vector, a line per task: what its head keeps (SIMO, Figures 3, 5 and 6)."""
    across = min(3, len(found))
    down = -(-len(found) // across)
    with styled():
        size = WIDE, 2.3 * down + 0.4
        figure, axes = plt.subplots(
            down, across, figsize=size, squeeze=False, sharex=True, sharey=True
        )
        for axis in axes.flat[len(found) :]:
            axis.set_visible(False)
        for axis, (own, rows) in zip(axes.flat, found.items(), strict=False):
            for task in tasks_of(rows):
                look = {"linewidth": 2.8, "zorder": 3} if task == own else {"linewidth": 1.2}
                look |= {"color": TASK_COLOURS[task], "label": TASKS[task].title}
                _line(axis, rows, f"{task}_normalised", **look)
            axis.axhline(100, color=INK, linewidth=0.8, linestyle=":")
            axis.set_title(f"+ λ · {TASKS[own].title.lower()}")
        for axis in axes[-1]:
            axis.set_xlabel("λ")
        for row in axes:
            row[0].set_ylabel("normalised, %")
        _legend_below(figure, axes.flat[0])
        return svg(figure)


def coefficients(rows: Rows) -> str:
    """The learnt coefficient of every task vector over the layers (SIMO, Figure 2)."""
    layers = [row["layer"] for row in rows]
    tasks = [name for name in rows[0] if name != "layer"]
    with styled():
        figure, axis = plt.subplots(figsize=(WIDE, 3.0))
        for task in tasks:
            axis.plot(
                range(len(layers)), [row[task] for row in rows], "o-", markersize=4,
                color=TASK_COLOURS[task], label=TASKS[task].title,
            )  # fmt: skip
        axis.set_xticks(range(len(layers)), layers)
        axis.set(xlabel="layer", ylabel="coefficient")
        _legend_below(figure, axis)
        return svg(figure)


def _line(axis: Axes, rows: Rows, column: str, **look: object) -> None:
    axis.plot([row["scale"] for row in rows], [row[column] for row in rows], **look)


def _spread(places: Sequence[float], width: float = 0.3) -> list[float]:
    """The places on an axis, those that are alike side by side over `width`."""
    seen: Counter[float] = Counter()
    found = []
    for place in places:
        step = width / places.count(place)
        found.append(place + (seen[place] - (places.count(place) - 1) / 2) * step)
        seen[place] += 1
    return found


def _legend_below(figure: plt.Figure, axis: Axes, columns: int = 6) -> None:
    handles = axis.get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=columns, fontsize=8)
