"""The figures of the page on VTA."""

from collections.abc import Sequence

from matplotlib import pyplot as plt

from polytask.drawing.colours import TASK_COLOURS
from polytask.reporting.rows import Rows
from polytask.reporting.style import INK, WIDE, styled, svg
from polytask.tasks import TASKS


def task_weights(curve: Rows, tasks: Sequence[str]) -> str:
    """How much each task's loss counted over the steps; empty where that was not logged.

    The weight of a task is the sum of its column of affinities: 1 at the start, 1 on average.
    """
    logged = [row for row in curve if all(f"weight_{task}" in row for task in tasks)]
    if not logged:
        return ""
    with styled():
        figure, axis = plt.subplots(figsize=(WIDE, 2.6))
        for task in tasks:
            axis.plot(
                [row["step"] for row in logged], [row[f"weight_{task}"] for row in logged],
                color=TASK_COLOURS[task], label=TASKS[task].title,
            )  # fmt: skip
        axis.axhline(1, color=INK, linewidth=0.8, linestyle=":")
        axis.set(xlabel="step", ylabel="weight of its loss")
        axis.set_ylim(bottom=0)
        figure.legend(loc="outside lower center", ncols=len(tasks), fontsize=8)
        return svg(figure)
