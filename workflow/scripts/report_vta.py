"""Rule `report_vta`: VTA's four settings, affinities and pictures, on one self-contained page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.lineages import lineages_of
from polytask.reporting.rows import read_rows
from polytask.reporting.vta.config import VtaPageConfig
from polytask.reporting.vta.page import Findings, render

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def report_vta(
    tables: list[Path],
    metrics: list[Path],
    samples: list[Path],
    curves: list[Path],
    efforts: list[Path],
    affinities: list[Path],
    page: Path,
    *,
    config: VtaPageConfig,
) -> None:
    """Write the page.

    `tables` are results/tables/vta_{setting}.csv, one of each of `config.tables`; `metrics`
    results/evaluate/{model}_on_{domain}/metrics.json of all their rows; `samples` the samples.npz
    of the rows that `config.sheets` names; `curves` and `efforts` the curves.csv and effort.json of
    results/vta/{model}/{tasks}/ of all models behind the rows; `affinities` their affinities.json,
    of `config.show` at least.
    """
    findings = Findings(
        metrics=[json.loads(file.read_text()) for file in metrics],
        samples={file.parent.name: dict(np.load(file)) for file in samples},
        curves={file.parts[-3:-1]: read_rows(file) for file in curves},
        efforts={str(file): json.loads(file.read_text()) for file in efforts},
        affinities={file.parts[-3]: json.loads(file.read_text()) for file in affinities},
        records=records_behind([*tables, *metrics, *curves, *efforts, *affinities]),
        lineages=lineages_of(*tables),
    )
    page.write_text(render(findings, config))


if __name__ == "__main__":
    run_rule(report_vta, snakemake)
