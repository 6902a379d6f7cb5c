"""Rule `experiment`: a table or figure of a paper, what was printed beside what was measured."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.papers.published import experiments
from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.experiment import ExperimentConfig, render
from polytask.reporting.rows import read_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

TEXT = ("method", "title", "protocols")


def experiment(
    tables: list[Path], drawn: list[Path], page: Path, *, config: ExperimentConfig
) -> None:
    panels = experiments()[config.experiment]
    rows = [read_rows(table, text=TEXT) for table in tables]
    metrics = [json.loads(file.read_text()) for file in drawn]
    page.write_text(render(config, panels, rows, metrics, records_behind([*tables, *drawn])))


if __name__ == "__main__":
    run_rule(experiment, snakemake)
