"""The figures of the page, as inline SVG in one style."""

import io
from collections.abc import Mapping, Sequence

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from polytask.reporting.colours import EXPERT_COLOURS, TASK_COLOURS
from polytask.tasks import TASKS

STYLE = {
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.alpha": 0.25, "axes.axisbelow": True, "svg.hashsalt": "polytask", "legend.frameon": False,
    "axes.titlesize": 9, "svg.fonttype": "path",
}  # fmt: skip
Curve = Sequence[Mapping[str, float]]


def svg(figure: Figure) -> str:
    """A figure as inline SVG; the same figure gives the same text."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    text = stream.getvalue()
    return text[text.index("<svg") :]


def curves(named: Mapping[str, Curve], key: str = "loss") -> str:
    """One line per run: `key` over steps."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(4.6, 2.6))
        for number, (name, points) in enumerate(named.items()):
            points = [p for p in points if key in p]
            axis.plot(
                [p["step"] for p in points], [p[key] for p in points], label=name,
                color=plt.cm.tab10(number % 10), linewidth=1.4,
            )  # fmt: skip
        axis.set(xlabel="step", ylabel=key, yscale="log")
        axis.legend(fontsize=7)
        return svg(figure)


def gates(weights: Mapping[str, Sequence[Sequence[float]]], experts: Sequence[str]) -> str:
    """Mean router weights as stacked bars, a group per task, a bar per level (SAK, Figure 4)."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            1, len(weights), figsize=(1.5 * len(weights), 2.4), sharey=True, squeeze=False
        )
        for axis, (task, levels) in zip(axes[0], weights.items(), strict=True):
            bottom = [0.0] * len(levels)
            names = [str(level + 1) for level in range(len(levels))]
            for number, expert in enumerate(experts):
                height = [level[number] for level in levels]
                axis.bar(names, height, bottom=bottom, label=expert, color=EXPERT_COLOURS[number])
                bottom = [a + b for a, b in zip(bottom, height, strict=True)]
            axis.set(title=TASKS[task].title, xlabel="level", ylim=(0, 1))
        axes[0][0].set_ylabel("mean weight")
        handles = axes[0][0].get_legend_handles_labels()
        figure.legend(*handles, loc="upper center", ncols=len(experts), bbox_to_anchor=(0.5, 1.12))
        return svg(figure)


def norms(statistics: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Mean token norm of every teacher at every level, with its spread (SAK, Figure 6)."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(4.6, 2.6))
        for number, (teacher, levels) in enumerate(statistics.items()):
            steps = range(1, len(levels) + 1)
            axis.errorbar(
                steps, [level["norm_mean"] for level in levels],
                yerr=[level["norm_std"] for level in levels], label=teacher, marker="o",
                capsize=3, color=EXPERT_COLOURS[number + 1],
            )  # fmt: skip
        axis.set(xlabel="level", ylabel="token norm", xticks=list(steps))
        axis.legend(fontsize=8)
        return svg(figure)


def biases(relative: Mapping[str, Mapping[str, float]]) -> str:
    """Each teacher's gain over the plain ViT per task, in percent (SAK, Figure 1)."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(7.2, 2.6))
        tasks = list(next(iter(relative.values())))
        width = 0.8 / len(relative)
        for number, (teacher, gains) in enumerate(relative.items()):
            places = [at + (number - (len(relative) - 1) / 2) * width for at in range(len(tasks))]
            colour = EXPERT_COLOURS[number + 1]
            axis.bar(places, [gains[t] for t in tasks], width, label=teacher, color=colour)
        axis.axhline(0, color="#333", linewidth=0.8)
        axis.set_xticks(range(len(tasks)), [TASKS[task].title for task in tasks])
        axis.set_ylabel("gain over the plain ViT, %")
        axis.legend(fontsize=8, ncols=len(relative))
        return svg(figure)


def task_gains(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Gain of every method over the baseline per task, in percent."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(7.2, 2.8))
        methods = list(rows)
        tasks = list(next(iter(rows.values())))
        width = 0.85 / len(tasks)
        for number, task in enumerate(tasks):
            places = [at + (number - (len(tasks) - 1) / 2) * width for at in range(len(methods))]
            heights = [rows[method][task] for method in methods]
            axis.bar(places, heights, width, label=TASKS[task].title, color=TASK_COLOURS[task])
        axis.axhline(0, color="#333", linewidth=0.8)
        axis.set_xticks(range(len(methods)), [m.replace(" ", "\n", 1) for m in methods], fontsize=7)
        axis.set_ylabel("gain over the baseline, %")
        axis.legend(fontsize=7, ncols=3)
        return svg(figure)
