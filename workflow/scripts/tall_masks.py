"""Rule `tall_masks`: each task's own encoder out of the merged one, by a mask (SIMO, Table 3)."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.merging.tall_masks import best_thresholds, tall_mask_model
from polytask.models.files import load_model, save_model
from polytask.pipeline.rule import run_rule
from polytask.progress import bar
from polytask.reporting.tables import write_rows
from polytask.training.runtime import start
from polytask.united import United, set_encoder
from polytask.validation import Validation, ValidationConfig

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class TallMasksConfig(ValidationConfig):
    """The lambdas of which each task takes its best."""

    thresholds: tuple[float, ...]


def tall_masks(
    labelled: Path,
    models: list[Path],
    base: Path,
    localised: list[Path],
    localised_configs: list[Path],
    search: Path,
    *,
    config: TallMasksConfig,
) -> None:
    del localised_configs  # written beside the models
    runtime, rows = start(config.runtime, config.seed), []
    validation = Validation(config, labelled, runtime)
    united = United(models, base)
    network = united.network(united.base).to(runtime.device)
    number_of = {task: number for number, (task,) in enumerate(united.tasks)}
    progress = bar("tall_masks", len(number_of) * len(config.thresholds), "mask")

    def score(task: str, threshold: float) -> float:
        encoder = tall_mask_model(
            united.base, united.encoders, number_of[task], threshold=threshold
        )
        set_encoder(network, encoder)
        (value,) = validation.scores(network, [task]).values()
        rows.append({"task": task, "threshold": threshold, "value": value})
        progress.update()
        return value if validation.better[task] else -value

    best = best_thresholds(number_of, score, config.thresholds)
    progress.close()
    write_rows(search, rows)
    for task, number in number_of.items():
        model, description = load_model(models[number])
        encoder = tall_mask_model(united.base, united.encoders, number, threshold=best[task])
        set_encoder(model, encoder)
        save_model(localised[number], model, description)


if __name__ == "__main__":
    run_rule(tall_masks, snakemake)
