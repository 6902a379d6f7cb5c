"""Rule `table_costs`: what the models of every row of a table cost, measured beside each other."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.costs.measuring import Case, as_data, measure
from polytask.costs.together import all_of
from polytask.models.files import load_model
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row's title, how many models make it, and the (H, W) pixels of an image of its data."""

    title: str
    num_models: int
    image_size: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class TableCostsConfig:
    """The rows by name; their models follow each other in this order."""

    seed: int
    runtime: RuntimeConfig
    rows: dict[str, Row]


def table_costs(models: list[Path], costs: Path, *, config: TableCostsConfig) -> None:
    runtime = start(config.runtime, config.seed)
    files, cases = iter(models), {}
    for name, row in config.rows.items():
        own = [next(files) for _ in range(row.num_models)]
        model = all_of([load_model(file)[0] for file in own], [file.parent.name for file in own])
        cases[name] = Case(title=row.title, model=model, image_size=row.image_size)
    with track("table_costs", {"rows": list(cases)}) as run:
        result = as_data(measure(cases, runtime), runtime)
        run.summary({row["name"]: {"flops": row["flops"]} for row in result["rows"]})
    costs.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    run_rule(table_costs, snakemake)
