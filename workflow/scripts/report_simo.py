"""Rule `report_simo`: what merging and re-alignment did, on one self-contained page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.lineages import lineages_of
from polytask.reporting.rows import read_rows
from polytask.reporting.simo.page import Findings, SimoPageConfig, render

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def report_simo(
    table: Path,
    efficiency: Path,
    metrics: list[Path],
    samples: list[Path],
    searches: list[Path],
    relationships: list[Path],
    retention: Path | None,
    coefficients: Path | None,
    page: Path,
    *,
    config: SimoPageConfig,
) -> None:
    optional = [file for file in (retention, coefficients) if file]
    sources = [table, efficiency, *metrics, *searches, *relationships, *optional]
    findings = Findings(
        metrics=[json.loads(file.read_text()) for file in metrics],
        samples={file.parent.name: dict(np.load(file)) for file in samples},
        searches={file.parent.name: read_rows(file) for file in searches},
        relationships={file.stem: read_rows(file) for file in relationships},
        retention=read_rows(retention, text=("tasks",)) if retention else [],
        coefficients=read_rows(coefficients, text=("layer",)) if coefficients else [],
        efficiency=read_rows(efficiency, text=("method", "title")),
        records=records_behind(sources),
        lineages=lineages_of(table),
    )
    page.write_text(render(findings, config))


if __name__ == "__main__":
    run_rule(report_simo, snakemake)
