"""Rule `report_affinities`: which tasks help each other, four systems' views on one page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.affinities.page import render
from polytask.reporting.affinities.views import of_gradients, of_task_vectors
from polytask.reporting.frame import Heading
from polytask.reporting.rows import read_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def report_affinities(
    affinities: list[Path], relationships: list[Path], page: Path, *, config: Heading
) -> None:
    views = [
        *(of_gradients(json.loads(file.read_text())) for file in affinities),
        of_task_vectors({file.stem: read_rows(file) for file in relationships}),
    ]
    page.write_text(render(views, records_behind([*affinities, *relationships]), config))


if __name__ == "__main__":
    run_rule(report_affinities, snakemake)
