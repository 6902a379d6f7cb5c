"""Rule `merge`: one encoder out of the single-task models; its scale is the best on validation."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from polytask.losses.multitask import LossConfig, task_loss
from polytask.merging.fisher import fisher_merging
from polytask.merging.methods import bound
from polytask.merging.regmean import regmean
from polytask.merging.statistics import fisher_diagonal, input_grams
from polytask.merging.task_vectors import Weights
from polytask.models.files import save_model
from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.progress import bar
from polytask.reporting.tables import deltas, write_rows
from polytask.training.runtime import start
from polytask.united import United, along, set_encoder
from polytask.validation import Scores, Validation, ValidationConfig

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class MergeConfig(ValidationConfig):
    """A method and its options. Of `scales` (alpha) the one with the highest Delta_m is taken.

    `deep` is how many times alpha the last block's is, growing from the first block on (LiNeS).
    Fisher merging and RegMean, which have no alpha, are reached from theta_0 at alpha 1.
    """

    name: str
    method: str
    scales: tuple[float, ...]
    options: dict[str, Any] = field(default_factory=dict)
    deep: float | None = None
    losses: LossConfig


def direction(
    config: MergeConfig, united: United, network: MultiTaskModel, validation: Validation
) -> Weights:
    """The merged encoder at alpha 1: at any other it lies on the line through theta_0 and this."""
    if config.method not in ("fisher", "regmean"):
        deep = config.deep
        return bound(config.method, config.options, 1.0, deep)(united.base, united.encoders)
    measured = []
    for (task,), encoder in zip(united.tasks, united.encoders, strict=True):
        set_encoder(network, encoder)
        if config.method == "fisher":
            loss = partial(loss_of, network, task, config.losses)
            measured.append(fisher_diagonal(network.student, validation.examples(), loss))
        else:
            look = partial(see, network)
            measured.append(input_grams(network.student, validation.examples(), look))
    merge_by = fisher_merging if config.method == "fisher" else partial(regmean, **config.options)
    return merge_by(united.base, united.encoders, measured)


def loss_of(
    network: MultiTaskModel, task: str, losses: LossConfig, example: Mapping[str, Any]
) -> Tensor:
    """The supervised loss of one image."""
    outputs = network(model_images(example["image"]), [task])
    return task_loss(task, outputs.predictions[task], example, losses)


def see(network: MultiTaskModel, example: Mapping[str, Any]) -> None:
    """The encoder's forward pass on one image."""
    network.student(model_images(example["image"]))


def searched(
    config: MergeConfig, base: Weights, end: Weights, network: MultiTaskModel, split: Validation
) -> Iterator[tuple[float, Scores]]:
    """What the merged model scores at every scale."""
    with bar(f"merge {config.name}", len(config.scales), "scale") as progress:
        for scale in config.scales:
            set_encoder(network, along(base, end, scale))
            yield scale, split.scores(network)
            progress.update()


def merge(
    labelled: Path,
    models: list[Path],
    base: Path,
    baseline: Path,
    model: Path,
    model_config: Path,
    search: Path,
    *,
    config: MergeConfig,
) -> None:
    del model_config  # written beside the model
    runtime = start(config.runtime, config.seed)
    validation = Validation(config, labelled, runtime)
    single_task = json.loads(baseline.read_text())
    united = United(models, base)
    network = united.network(united.base).to(runtime.device)
    end = direction(config, united, network, validation)
    with track(f"merge {config.name}", {"method": config.method, **config.options}) as run:
        rows = [
            {
                "scale": scale,
                **validation.named(scores),
                **deltas(scores, single_task, validation.better),
            }
            for scale, scores in searched(config, united.base, end, network, validation)
        ]
        best = max(rows, key=lambda row: row["delta_m"])
        run.summary(best)
    write_rows(search, rows)
    save_model(model, united.network(along(united.base, end, best["scale"])), united.config)


if __name__ == "__main__":
    run_rule(merge, snakemake)
