"""Rule `relationships`: all tasks on theta_0 + lambda tau_t, t each of them (SIMO, Sec. 6.4)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.merging.task_vectors import Weights
from polytask.metrics.gain import normalised_by_task
from polytask.pipeline.rule import run_rule
from polytask.progress import bar
from polytask.reporting.tables import write_rows
from polytask.training.runtime import start
from polytask.united import United, along, set_encoder
from polytask.validation import Validation, ValidationConfig

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class RelationshipsConfig(ValidationConfig):
    """The lambdas by which every task's vector is added; lambda 0, where it is one, is common."""

    scales: tuple[float, ...]


def relationships(
    labelled: Path,
    models: list[Path],
    base: Path,
    baseline: Path,
    tables: list[Path],
    *,
    config: RelationshipsConfig,
) -> None:
    runtime = start(config.runtime, config.seed)
    validation = Validation(config, labelled, runtime)
    single_task = json.loads(baseline.read_text())
    united = United(models, base)
    network = united.network(united.base).to(runtime.device)

    def row(encoder: Weights, scale: float) -> dict[str, float]:
        set_encoder(network, along(united.base, encoder, scale))
        scores = validation.scores(network)
        kept = normalised_by_task(scores, single_task, validation.better)
        normalised = {f"{task}_normalised": value for task, value in kept.items()}
        return {"scale": scale, **validation.named(scores), **normalised}

    at_base = row(united.base, 0.0) if 0 in config.scales else {}
    with bar("relationships", len(tables), "task vector") as progress:
        for table, encoder in zip(tables, united.encoders, strict=True):
            in_memory = dict(encoder)  # read once for all scales
            write_rows(table, [row(in_memory, s) if s else at_base for s in config.scales])
            progress.update()


if __name__ == "__main__":
    run_rule(relationships, snakemake)
