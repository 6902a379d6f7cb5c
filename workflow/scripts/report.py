"""Rule `report`: everything that was found, on one self-contained page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.frame import PageConfig
from polytask.reporting.lineages import lineages_of
from polytask.reporting.page import Findings, render
from polytask.reporting.rows import read_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def report(
    table: Path,
    metrics: list[Path],
    samples: list[Path],
    curves: list[Path],
    biases: Path,
    similarity: Path,
    statistics: list[Path],
    page: Path,
    *,
    config: PageConfig,
) -> None:
    sources = [table, *metrics, *curves, biases, similarity, *statistics]
    findings = Findings(
        metrics=[json.loads(file.read_text()) for file in metrics],
        samples={file.parent.name: dict(np.load(file)) for file in samples},
        curves={str(file.parent.relative_to("results")): read_rows(file) for file in curves},
        biases=json.loads(biases.read_text()),
        similarity=json.loads(similarity.read_text()),
        statistics={f.parent.name: json.loads(f.read_text())["statistics"] for f in statistics},
        records=records_behind(sources),
        lineages=lineages_of(table),
    )
    page.write_text(render(findings, config))


if __name__ == "__main__":
    run_rule(report, snakemake)
