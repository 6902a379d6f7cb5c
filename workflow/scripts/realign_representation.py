"""Rule `realign_representation`: low-rank paths and heads re-align a merged model (SIMO, 5.0.2)."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.data.catalogue import DatasetConfig
from polytask.data.views import ScaleAndCrop
from polytask.losses.multitask import LossConfig
from polytask.models.files import load_model, save_model
from polytask.models.low_rank import Realignment
from polytask.models.realignment import trained_parameters, with_realignment
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.training.batches import train_batches
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.curves import CurveWriter
from polytask.training.effort import write_effort
from polytask.training.loop import fit
from polytask.training.objectives import MultiTaskObjective
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class RealignRepresentationConfig:
    """The form and rank of the paths, whether heads are trained too, and on what."""

    name: str
    seed: int
    runtime: RuntimeConfig
    form: Realignment
    rank: int
    with_heads: bool
    dataset: DatasetConfig
    split: str
    task_weights: dict[str, float]
    losses: LossConfig
    num_views: int
    view: ScaleAndCrop
    fit: FitConfig


def realign_representation(
    labelled: Path,
    merged: Path,
    model: Path,
    model_config: Path,
    curves: Path,
    effort: Path,
    *,
    config: RealignRepresentationConfig,
) -> None:
    del model_config  # written beside the model
    runtime = start(config.runtime, config.seed)
    network, description = with_realignment(*load_model(merged), config.form, config.rank)
    network.requires_grad_(False)
    for parameter in trained_parameters(network, config.with_heads).values():
        parameter.requires_grad_(True)
    dataset = config.dataset.open(
        labelled, config.split, config.view, seed=config.seed,
        keep_in_memory=config.fit.num_workers == 0,
    )  # fmt: skip

    draw = train_batches(dataset, config.fit, runtime, seed=config.seed, num_views=config.num_views)
    weights = {task: config.task_weights[task] for task in description["tasks"]}
    with track(f"realign_representation {config.name}", asdict(config)) as run:
        steps = fit(
            network.to(runtime.device),
            draw,
            MultiTaskObjective(weights, config.losses),
            config.fit,
            runtime,
            on_log=CurveWriter(curves, run.log),
            checkpoint=Checkpoints(*saved_work()),
            name=f"re-align {config.name}",
        )
    save_model(model, network, description)
    write_effort(effort, network, steps, config.fit.batch_size, len(dataset))


if __name__ == "__main__":
    run_rule(realign_representation, snakemake)
