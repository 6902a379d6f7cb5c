"""The figures of the page on SAK in full."""

import textwrap
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from matplotlib import pyplot as plt

from polytask.drawing.colours import EXPERT_COLOURS, METHOD_COLOURS, SHOWN_COLOUR, TASK_COLOURS
from polytask.metrics.gain import gain_consistency
from polytask.reporting.figures import grouped_bars
from polytask.reporting.repeated.tables import GAIN, RepeatedTable, Spread, spread_of
from polytask.reporting.sak.oracle import unfrozen
from polytask.reporting.sak.routers import Routers
from polytask.reporting.style import NARROW, WIDE, styled, svg
from polytask.tasks import TASKS

FULL = 100
"""Percent of the images that a row without a number in its name was trained on."""


def frozen_gains(table: RepeatedTable) -> str:
    """Each frozen encoder's gain over the plain ViT by task, in percent (SAK, Figure 1).

    A legend's μ/σ is the mean of the repetitions'. Empty where the table has nothing to compare.
    """
    if table.baseline not in table.rows:
        return ""
    names = [name for name in table.rows if name != table.baseline]
    gains = {name: table.gains(name, table.baseline) for name in names}
    gains = {name: found for name, found in gains.items() if found}
    if not gains:
        return ""
    titles = {
        name: f"{unfrozen(table.rows[name].title)}, {_consistency(found)}"
        for name, found in gains.items()
    }
    tasks = [t for t in table.protocols if all(t in g for f in gains.values() for g in f.values())]
    spreads = {
        titles[name]: [spread_of(of_task[task] for of_task in found.values()) for task in tasks]
        for name, found in gains.items()
    }
    colours = dict(zip(spreads, (*EXPERT_COLOURS[1:4], *METHOD_COLOURS * 9), strict=False))
    return _bars([TASKS[task].title for task in tasks], spreads, colours, "gain over the ViT, %")


def main_rows(table: RepeatedTable) -> str:
    """Each method's gain over the baseline by task, in percent (SAK, Figure 3)."""
    if table.baseline not in table.rows:
        return ""
    gains = {
        row.title: table.gains(name, table.baseline)
        for name, row in table.rows.items()
        if name != table.baseline
    }
    gains = {title: found for title, found in gains.items() if found}
    tasks = [t for t in table.protocols if all(t in g for f in gains.values() for g in f.values())]
    if not gains:
        return ""
    spreads = {
        TASKS[task].title: [
            spread_of(of_task[task] for of_task in found.values()) for found in gains.values()
        ]
        for task in tasks
    }
    colours = {TASKS[task].title: TASK_COLOURS[task] for task in tasks}
    names = [textwrap.fill(title, width=18) for title in gains]
    return _bars(names, spreads, colours, "gain over the baseline, %")


def router_maps(routers: Routers) -> str:
    """Experts by tasks at the lowest and the highest level after training (SAK, Figure 4)."""
    shown = {"Lowest level": 0, "Highest level": routers.num_levels - 1}
    last = routers.steps[-1]
    with styled():
        size = WIDE, 0.42 * len(routers.experts) + 1.5
        figure, axes = plt.subplots(1, 2, figsize=size, sharey=True)
        for axis, (title, level) in zip(axes, shown.items(), strict=True):
            weights = [
                [routers.at(last, task, level, expert) for task in routers.tasks]
                for expert in routers.experts
            ]
            image = axis.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
            for y, row in enumerate(weights):
                for x, value in enumerate(row):
                    ink = "white" if value > 0.55 else "#1c2330"
                    axis.text(x, y, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=8)
            axis.set_title(title)
            axis.grid(visible=False)
            axis.spines[:].set_visible(False)
            names = [textwrap.fill(TASKS[task].title, width=12) for task in routers.tasks]
            axis.set_xticks(range(len(names)), names, fontsize=8)
            axis.set_yticks(range(len(routers.experts)), routers.experts)
        figure.colorbar(image, ax=axes, label="mean weight", pad=0.01)
        return svg(figure)


def router_lines(routers: Routers) -> str:
    """Weights over the steps: a row of panels per level, the highest on top, a column per task."""
    down, across = routers.num_levels, len(routers.tasks)
    with styled():
        figure, axes = plt.subplots(
            down, across, figsize=(WIDE, 1.15 * down + 0.7), sharex=True, sharey=True, squeeze=False
        )
        for row, level in enumerate(reversed(range(down))):
            for axis, task in zip(axes[row], routers.tasks, strict=True):
                for expert, colour in _coloured(routers.experts).items():
                    weights = [routers.at(step, task, level, expert) for step in routers.steps]
                    axis.plot(routers.steps, weights, label=expert, color=colour)
            axes[row][0].set_ylabel(f"level {level + 1}")
        for axis, task in zip(axes[0], routers.tasks, strict=True):
            axis.set_title(TASKS[task].title, fontsize=8.5)
        axes[0][0].set_ylim(0, 1)
        for axis in axes[-1]:
            axis.set_xlabel("step")
        figure.supylabel("mean weight", fontsize=9)
        handles = axes[0][0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(routers.experts), fontsize=8)
        return svg(figure)


def shares(found: Mapping[str, Mapping[int, Spread]], shown: str) -> str:
    """Gain over the share of images, a line per method with its deviation (SAK, Figure 5).

    `found` maps a title to its gain by percent.
    """
    colours = dict(zip([t for t in found if t != shown], METHOD_COLOURS[1:] * 9, strict=False))
    with styled():
        figure, axis = plt.subplots(figsize=(WIDE * 0.66, 3.1))
        for title, of_share in found.items():
            places = sorted(of_share)
            axis.errorbar(
                places, [of_share[at].mean for at in places],
                yerr=[of_share[at].sd or 0.0 for at in places], label=title, marker="o",
                capsize=3, color=colours.get(title, SHOWN_COLOUR),
                linewidth=2.4 if title == shown else 1.5,
            )  # fmt: skip
        axis.set(xlabel="share of the training images, %", ylabel="Δₘ over single-task, %")
        axis.set_xticks(sorted({at for of_share in found.values() for at in of_share}))
        axis.legend(fontsize=8)
        return svg(figure)


def shares_of(
    tables: Sequence[RepeatedTable], families: Sequence[str]
) -> dict[str, dict[int, Spread]]:
    """The gain of each family ("sak", and "sak_25" ...) by the percent of images, by its title.

    All against the same baseline, which is that of the first table.
    """
    alike = [table for table in tables if table.baseline == tables[0].baseline]
    rows = {name: row for table in reversed(alike) for name, row in table.rows.items()}
    found: dict[str, dict[int, Spread]] = {}
    for family in families:
        names = {FULL: family, **{at: f"{family}_{at}" for at in (25, 50, 75)}}
        known = {at: rows[name].spreads[GAIN] for at, name in names.items()
                 if name in rows and GAIN in rows[name].spreads}  # fmt: skip
        if len(known) > 1:
            title = rows[family].title if family in rows else family.capitalize()
            found[title] = known
    return found


def feature_norms(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Norms of tokens by level, of the stem, the paths and the teachers (SAK, Figure 6).

    A panel per kind that is there; all share their axis.
    """
    titles = {
        "stem": "Stem", "paths_before_norm": "Paths, before their norm", "paths": "Adapter paths",
        "teachers": "Teachers",
    }  # fmt: skip
    kinds = [kind for kind in titles if found.get(kind)]
    with styled():
        figure, axes = plt.subplots(1, len(kinds), figsize=(WIDE, 2.9), sharey=True, squeeze=False)
        for axis, kind in zip(axes[0], kinds, strict=True):
            for number, (name, levels) in enumerate(found[kind].items()):
                order = sorted(levels, key=float)
                colour = EXPERT_COLOURS[0 if kind == "stem" else 1 + number % 5]
                middle = (len(found[kind]) - 1) / 2
                axis.errorbar(
                    [at + 0.08 * (number - middle) for at in range(1, len(order) + 1)],
                    [levels[at]["mean"] for at in order], yerr=[levels[at]["sd"] for at in order],
                    label=name, marker="o", capsize=3, color=colour,
                )  # fmt: skip
            axis.set(title=titles[kind], xlabel="level")
            axis.set_xticks(range(1, len(order) + 1))
            axis.legend(fontsize=8)
        axes[0][0].set_ylabel("norm of a token")
        axes[0][0].set_ylim(bottom=0)
        return svg(figure)


def similarities(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Rep Sim by level, a panel per student, a line per teacher."""
    students = [name for name, of in found.items() if any(v.get("levels") for v in of.values())]
    if not students:
        return ""
    with styled():
        width = min(WIDE, NARROW * max(1.2, len(students) * 0.7))
        figure, axes = plt.subplots(
            1, len(students), figsize=(width, 2.6), sharey=True, squeeze=False
        )
        for axis, student in zip(axes[0], students, strict=True):
            for number, (teacher, values) in enumerate(found[student].items()):
                levels = values["levels"]
                axis.plot(
                    range(1, len(levels) + 1), levels, marker="o", label=teacher,
                    color=EXPERT_COLOURS[1 + number % 5],
                )  # fmt: skip
            axis.set(title=student, xlabel="level", xticks=range(1, len(levels) + 1))
            axis.legend(fontsize=8)
        axes[0][0].set_ylabel("centred cosine")
        return svg(figure)


def _bars(
    groups: Sequence[str], spreads: Mapping[str, Sequence[Spread]],
    colours: Mapping[str, str], label: str,
) -> str:  # fmt: skip
    heights = {name: [each.mean for each in found] for name, found in spreads.items()}
    sds = {name: [each.sd or 0.0 for each in found] for name, found in spreads.items()}
    return grouped_bars(groups, heights, colours, label, sds)


def _consistency(gains: Mapping[int, Mapping[str, float]]) -> str:
    mean = fmean(gain_consistency(of_task) for of_task in gains.values())
    return f"μ/σ {mean:.2f}".replace("-", "−")


def _coloured(experts: Sequence[str]) -> dict[str, str]:
    return {expert: EXPERT_COLOURS[at % 6] for at, expert in enumerate(experts)}
