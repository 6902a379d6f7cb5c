"""Rule `paper_numbers`: every number of the tables, with its lineage id, for papers."""

from pathlib import Path
from typing import TYPE_CHECKING

from polytask.lineage.index import numbers_of, write_index
from polytask.lineage.latex import write_latex
from polytask.pipeline.rule import run_rule

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def paper_numbers(tables: list[Path], latex: Path, index: Path) -> None:
    found = numbers_of(tables)
    write_latex(latex, found)
    write_index(index, found)


if __name__ == "__main__":
    run_rule(paper_numbers, snakemake)
