"""Rule `report_sak`: SAK's tables, figures and claims over repetitions, on one HTML page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.lineages import lineages_of
from polytask.reporting.repeated.repetitions import TEXT
from polytask.reporting.repeated.tables import repeated_table
from polytask.reporting.rows import read_rows
from polytask.reporting.sak.config import SakPageConfig
from polytask.reporting.sak.page import Findings, render
from polytask.reporting.sak.routers import routers_of

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def report_sak(
    tables: list[Path],
    repetitions: list[Path],
    gates: list[Path],
    similarity: Path,
    norms: Path,
    costs: Path,
    page: Path,
    *,
    config: SakPageConfig,
) -> None:
    """Write the page.

    `tables` are results/sak/{name}.csv of all of `config.tables`, `repetitions` their
    {name}_repetitions.csv in the same order; `gates` the gates.csv of `config.show`, one of each
    repetition; the other three lie under results/analysis/.
    """
    found = {
        table.stem: repeated_table(
            table.stem,
            read_rows(table, text=TEXT),
            read_rows(runs, text=TEXT),
            config.tables[table.stem].baseline,
        )
        for table, runs in zip(tables, repetitions, strict=True)
    }
    findings = Findings(
        tables=found,
        routers=routers_of([read_rows(file, text=("task", "expert")) for file in gates]),
        similarity=json.loads(similarity.read_text()),
        norms=json.loads(norms.read_text()),
        costs=json.loads(costs.read_text()),
        records=records_behind([*tables, *repetitions, *gates, similarity, norms, costs]),
        lineages=lineages_of(*tables),
    )
    page.write_text(render(findings, config))


if __name__ == "__main__":
    run_rule(report_sak, snakemake)
