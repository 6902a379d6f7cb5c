"""Rule `table`: every method in one table, with its gain over the baseline."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.pipeline.rule import run_rule
from polytask.reporting.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class TableConfig:
    """`baseline` is the method that delta_m is measured against; None: the table has no gains."""

    baseline: str | None


def table(metrics: list[Path], table: Path, *, config: TableConfig) -> None:
    write_table(table, [json.loads(file.read_text()) for file in metrics], config.baseline)


if __name__ == "__main__":
    run_rule(table, snakemake)
