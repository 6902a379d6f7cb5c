"""Rule `report_compare`: the four papers' systems on one page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.pipeline.rule import run_rule
from polytask.records.files import records_behind
from polytask.reporting.compare.config import ComparePageConfig
from polytask.reporting.compare.page import Comparison, render
from polytask.reporting.lineages import lineages_of
from polytask.reporting.repeated.repetitions import TEXT
from polytask.reporting.repeated.tables import repeated_table
from polytask.reporting.rows import read_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def report_compare(
    table: Path,
    repetitions: Path,
    costs: Path,
    efforts: list[Path],
    page: Path,
    *,
    config: ComparePageConfig,
) -> None:
    found = Comparison(
        table=repeated_table(
            "compare",
            read_rows(table, text=TEXT),
            read_rows(repetitions, text=("method",)),
            config.baseline,
        ),
        costs=json.loads(costs.read_text()),
        efforts={str(file): json.loads(file.read_text()) for file in efforts},
        records=records_behind([table, repetitions, costs, *efforts]),
        lineages=lineages_of(table),
    )
    page.write_text(render(found, config))


if __name__ == "__main__":
    run_rule(report_compare, snakemake)
