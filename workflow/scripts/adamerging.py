"""Rule `adamerging`: how much of each task a block takes, learnt from labels (SIMO, Fig. 2)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.func import functional_call

from polytask.merging.adamerging import AdaMerging
from polytask.models.files import save_model
from polytask.models.multitask import MultiTaskModel, Outputs
from polytask.pipeline.rule import run_rule
from polytask.reporting.tables import write_rows
from polytask.small_set import SmallSetConfig
from polytask.tracked import tracked_fit
from polytask.training.batches import train_batches
from polytask.training.effort import write_effort
from polytask.training.objectives import MultiTaskObjective
from polytask.training.runtime import start
from polytask.united import SHARED, United

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class AdaMergingConfig(SmallSetConfig):
    """Where the coefficients start, and the weights of the tasks in their supervised loss."""

    start: float
    task_weights: dict[str, float]


class LearntMerge(nn.Module):
    """A frozen model whose encoder is merged anew, by the coefficients, whenever it is called."""

    def __init__(self, network: MultiTaskModel, merging: AdaMerging) -> None:
        super().__init__()
        self.network, self.merging = network.requires_grad_(False), merging

    def forward(self, images_B3HW: Tensor, tasks: Sequence[str]) -> Outputs:
        encoder = {SHARED + key: value for key, value in self.merging.merged().items()}
        return functional_call(self.network, encoder, (images_B3HW, tasks))


def adamerging(
    labelled: Path,
    models: list[Path],
    base: Path,
    model: Path,
    model_config: Path,
    coefficients: Path,
    curves: Path,
    effort: Path,
    *,
    config: AdaMergingConfig,
) -> None:
    del model_config  # written beside the model
    runtime = start(config.runtime, config.training_seed)
    united = United(models, base)
    names = ["+".join(tasks) for tasks in united.tasks]
    encoders = dict(zip(names, united.encoders, strict=True))
    merging = AdaMerging(united.base, encoders, config.start)
    learnt = LearntMerge(united.network(united.base), merging).to(runtime.device)
    dataset = config.open(labelled)
    weights = {task: config.task_weights[task] for task in united.config["tasks"]}
    steps = tracked_fit(
        learnt,
        train_batches(
            dataset, config.fit, runtime, seed=config.training_seed, num_views=config.num_views
        ),
        MultiTaskObjective(weights, config.losses),
        config.fit,
        runtime,
        curves=curves,
        run="adamerging",
        params=asdict(config),
        title="adamerging",
    )
    merged = {key: value.detach().cpu() for key, value in merging.merged().items()}
    save_model(model, united.network(merged), united.config)
    write_rows(coefficients, [{"layer": group, **row} for group, row in merging.table().items()])
    write_effort(effort, learnt, steps, config.fit.batch_size, len(dataset))


if __name__ == "__main__":
    run_rule(adamerging, snakemake)
