"""What every page shows: the table of methods, pictures, and where the numbers come from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from markupsafe import Markup

from polytask.drawing.colours import legends, ramps
from polytask.errors import UserError
from polytask.records.files import Record
from polytask.reporting.dag import graph_svg
from polytask.reporting.jobs import rule_graph, rule_times, software
from polytask.reporting.lineages import Lineages
from polytask.reporting.sheets import scenes
from polytask.reporting.tables import best_of, protocols_in, table_rows
from polytask.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class Heading:
    """`banner` stands on top; `pages` maps the names of other pages beside this one to their
    addresses.
    """

    banner: str
    dataset: str
    pages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PageConfig(Heading):
    """`show` is the method that the page is about, measured against `baseline`."""

    show: str
    baseline: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is known of the methods: metrics, pictures, and the records behind them.

    `samples` maps a method to its arrays, `records` an output's path to its provenance record.
    `lineages` is None where nothing is known of the table.
    """

    metrics: Sequence[Mapping[str, Any]]
    samples: Mapping[str, Mapping[str, np.ndarray]]
    records: Mapping[str, Record]
    lineages: Lineages | None

    def named(self, method: str, where: str) -> Mapping[str, Any]:
        """The metrics of a method; UserError where there is none, `where` is the key in params."""
        by_method = {m["method"]: m for m in self.metrics}
        if method not in by_method:
            raise UserError(f"{where}: no method {method!r}; there are {', '.join(by_method)}")
        return by_method[method]


def framed(
    found: Judged, config: PageConfig, pictured: Iterable[str], *, num_scenes: int, rule: str
) -> dict[str, Any]:
    """The values that templates/base.html.jinja and parts.html.jinja need.

    `pictured` are the methods whose pictures are shown, of `num_scenes` images; `rule` makes the
    page. Raises UserError where `show` or `baseline` is not among the methods, or where methods
    were not measured alike.
    """
    key = f"{rule}.show"
    shown = found.named(config.show, key)
    if config.show not in found.samples:
        raise UserError(f"{key}: no pictures of {config.show!r}; add its samples.npz")
    rows = table_rows(found.metrics, config.baseline)
    protocols = protocols_in(found.metrics)
    tasks = list(shown["tasks"])
    titles = {method: found.named(method, key)["title"] for method in pictured}
    drawn = list(scenes(found.samples, titles, tasks, num_scenes))
    return {
        **origin_of(found, config, rule),
        "shown": shown,
        "baseline": found.named(config.baseline, "downstream.baseline"),
        "tasks": [TASKS[task] for task in tasks],
        "protocols": protocols,
        "rows": rows,
        "best": {task: best_of(rows, protocols[task]) for task in tasks},
        "shown_row": next(row for row in rows if row["method"] == config.show),
        "scenes": drawn,
        "shown_pictures": dict(drawn[0].rows)[shown["title"]],
        "legends": legends(tasks, shown["classes"]),
        "ramps": [
            (title, low, Markup(colours), high) for title, low, colours, high in ramps(tasks)
        ],
    }


def origin_of(found: Judged, config: Heading, rule: str) -> dict[str, Any]:
    """The values about the page itself and about what it was made from; `rule` makes it."""
    return {**about_page(found.records, config, rule), "lineages": found.lineages}


def about_page(records: Mapping[str, Record], heading: Heading, rule: str) -> dict[str, Any]:
    """The same of a page without a table of methods, whose numbers have no lineages."""
    return {
        "banner": heading.banner,
        "dataset": heading.dataset,
        "pages": heading.pages,
        "dag": Markup(_graph(records, rule)),
        "facts": software(records),
        "records": records,
        "lineages": None,
    }


def _graph(records: Mapping[str, Record], end: str) -> str:
    graph, times = rule_graph(records), rule_times(records)
    notes = {rule: f"{count} × {_short(sum_ / count)}" for rule, (count, sum_) in times.items()}
    return graph_svg(graph, notes, end) if graph else ""


def _short(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds / 60:.1f} min"
