"""Rule `repeated_table`: a table of SAK over its repetitions, and every repetition in a line."""

from pathlib import Path
from typing import TYPE_CHECKING

from polytask.pipeline.rule import run_rule
from polytask.reporting.repeated.repetitions import TEXT, line_per_repetition, over_repetitions
from polytask.reporting.rows import read_rows
from polytask.reporting.tables import write_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def repeated_table(tables: list[Path], table: Path, repetitions: Path) -> None:
    found = [read_rows(file, text=TEXT) for file in tables]
    write_rows(table, over_repetitions(found))
    write_rows(repetitions, line_per_repetition(found))


if __name__ == "__main__":
    run_rule(repeated_table, snakemake)
