"""Rule `efficiency`: what every training of the SIMO table took (SIMO, Table 4)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.pipeline.rule import run_rule
from polytask.reporting.tables import write_rows

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class EfficiencyConfig:
    """The titles of the methods, by name, in the order of the rows."""

    titles: dict[str, str]


def efficiency(efforts: list[Path], table: Path, *, config: EfficiencyConfig) -> None:
    rows = []
    for method, title in config.titles.items():
        found = [json.loads(file.read_text()) for file in efforts if method in file.parts]
        rows.append(
            {
                "method": method,
                "title": title,
                "runs": len(found),
                "steps": sum(each["steps"] for each in found),
                "trained_parameters": sum(each["trained_parameters"] for each in found),
                "images": max(each["images"] for each in found),
                "image_passes": sum(each["steps"] * each["batch_size"] for each in found),
            }
        )
    write_rows(table, rows)


if __name__ == "__main__":
    run_rule(efficiency, snakemake)
