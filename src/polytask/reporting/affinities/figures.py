"""The heat maps of the page on affinities."""

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from polytask.reporting.affinities.views import View
from polytask.reporting.style import WIDE, styled, svg
from polytask.tasks import TASKS

DARK, LIGHT = "#1c2430", "#ffffff"
NEUTRAL = "#c9ced6"
"""Of a task with itself, which says nothing."""


def heat_maps(views: Sequence[View]) -> str:
    """A panel per view, blue where tasks help each other, red where they do not."""
    across = min(2, len(views))
    down = -(-len(views) // across)
    with styled(), plt.rc_context({"axes.grid": False}):
        figure, axes = plt.subplots(down, across, figsize=(WIDE, 4.1 * down), squeeze=False)
        for axis in axes.flat[len(views) :]:
            axis.set_visible(False)
        for axis, view in zip(axes.flat, views, strict=False):
            _heat_map(axis, view)
        return svg(figure)


def _heat_map(axis: Axes, view: View) -> None:
    names = [TASKS[task].title for task in view.tasks]
    places = np.arange(len(names))
    values = np.ma.masked_array(view.values_NN, mask=np.eye(len(names), dtype=bool))
    colours = plt.get_cmap("RdBu").with_extremes(bad=NEUTRAL)
    axis.pcolormesh(values, cmap=colours, vmin=-view.full, vmax=view.full, edgecolors="none")
    axis.set(title=view.title, aspect="equal")
    axis.invert_yaxis()
    axis.set_xticks(places + 0.5, names, rotation=35, ha="right", fontsize=8)
    axis.set_yticks(places + 0.5, names, fontsize=8)
    axis.spines[:].set_visible(False)
    for row, column in np.ndindex(*view.values_NN.shape):
        value = view.values_NN[row, column]
        strong = row != column and abs(value) > 0.6 * view.full
        axis.text(
            column + 0.5, row + 0.5, f"{value:.{view.digits}f}".replace("-", "−"), fontsize=8,
            ha="center", va="center", color=LIGHT if strong else DARK,
        )  # fmt: skip
