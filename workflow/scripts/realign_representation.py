"""Rule `realign_representation`: low-rank paths and heads re-align a merged model (SIMO, 5.0.2)."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.models.files import load_model, save_model
from polytask.models.low_rank import Realignment
from polytask.models.realignment import train_realignment, with_realignment
from polytask.pipeline.rule import run_rule
from polytask.small_set import SmallSetConfig
from polytask.tracked import tracked_fit
from polytask.training.batches import train_batches
from polytask.training.effort import write_effort
from polytask.training.objectives import MultiTaskObjective
from polytask.training.runtime import start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class RealignRepresentationConfig(SmallSetConfig):
    """The form and rank of the paths, and whether heads are trained too."""

    name: str
    form: Realignment
    rank: int
    with_heads: bool
    task_weights: dict[str, float]


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
    runtime = start(config.runtime, config.training_seed)
    network, description = with_realignment(*load_model(merged), config.form, config.rank)
    train_realignment(network, config.with_heads)
    dataset = config.open(labelled)
    weights = {task: config.task_weights[task] for task in description["tasks"]}
    steps = tracked_fit(
        network.to(runtime.device),
        train_batches(
            dataset, config.fit, runtime, seed=config.training_seed, num_views=config.num_views
        ),
        MultiTaskObjective(weights, config.losses),
        config.fit,
        runtime,
        curves=curves,
        run=f"realign_representation {config.name}",
        params=asdict(config),
        title=f"re-align {config.name}",
    )
    save_model(model, network, description)
    write_effort(effort, network, steps, config.fit.batch_size, len(dataset))


if __name__ == "__main__":
    run_rule(realign_representation, snakemake)
