"""The page of an experiment: what the paper printed, and beside it what its study measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.papers.published import Panel
from polytask.records.files import Record
from polytask.reporting.figures import gates
from polytask.reporting.jobs import software
from polytask.reporting.paper import DELTAS, paper_tables, protocols_of
from polytask.reporting.rendering import filled
from polytask.reporting.rows import Rows


@dataclass(frozen=True, kw_only=True)
class ExperimentConfig:
    """`tables` maps the study of each panel to its table's file, as people find it."""

    experiment: str
    tables: dict[str, str]


def render(
    config: ExperimentConfig,
    panels: Sequence[Panel],
    rows: Sequence[Rows],
    metrics: Sequence[Mapping[str, Any]],
    records: Mapping[str, Record],
) -> str:
    """The page as text; `rows` are the table of each panel, in their order.

    Of `metrics`, the contents of metrics.json files, the weights of the routers are drawn.
    """
    delta = DELTAS.get(panels[0].paper)
    papers = [
        table
        for panel, found in zip(panels, rows, strict=True)
        for table in paper_tables([panel], found, panel.dataset, protocols_of(found), delta=delta)
    ]
    return filled(
        "experiment.html.jinja",
        experiment=config.experiment,
        files=config.tables,
        papers=papers,
        delta=delta,
        routers={
            each["title"]: Markup(gates(each["gates"], each["experts"]))
            for each in metrics
            if each["gates"]
        },
        facts=software(records),
        records=records,
    )
