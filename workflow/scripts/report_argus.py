"""Rule `report_argus`: twelve tasks on one frozen backbone, on one self-contained page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.argus.page import Findings, render
from polytask.reporting.frame import PageConfig
from polytask.reporting.lineages import lineages_of
from polytask.reporting.rows import Rows, read_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def report_argus(
    table: Path,
    metrics: list[Path],
    samples: list[Path],
    curves: list[Path],
    page: Path,
    *,
    config: PageConfig,
) -> None:
    findings = Findings(
        metrics=[json.loads(file.read_text()) for file in metrics],
        samples={file.parent.name: dict(np.load(file)) for file in samples},
        curves=read_curves(curves),
        records=records_behind([table, *metrics, *curves]),
        lineages=lineages_of(table),
    )
    page.write_text(render(findings, config))


def read_curves(files: list[Path]) -> dict[str, dict[str, Rows]]:
    """The steps of {model}/{training}/curves.csv by model and training."""
    found: dict[str, dict[str, Rows]] = {}
    for file in files:
        found.setdefault(file.parts[-3], {})[file.parts[-2]] = read_rows(file)
    return found


if __name__ == "__main__":
    run_rule(report_argus, snakemake)
