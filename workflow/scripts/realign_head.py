"""Rule `realign_head`: one task's head learns what the merged encoder says (SIMO, Sec. 5.0.1)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from polytask.losses.multitask import LossConfig, task_loss
from polytask.models.files import load_model
from polytask.models.heads import Head, predict_at
from polytask.pipeline.rule import run_rule
from polytask.small_set import SmallSetConfig
from polytask.teachers.features import FeatureStore
from polytask.teachers.targets import CachedTargets
from polytask.tracked import tracked_fit
from polytask.training.batches import train_batches
from polytask.training.effort import write_effort
from polytask.training.runtime import start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class RealignHeadConfig(SmallSetConfig):
    """A merge and one task of it; its features were cached of the same views."""

    name: str
    task: str


class HeadObjective:
    """The task's loss of a head alone: the encoder's maps come from the cache."""

    def __init__(
        self, task: str, features: CachedTargets, patch: tuple[int, int], losses: LossConfig
    ) -> None:
        self.task, self.features = task, features
        self.patch, self.losses = patch, losses

    def __call__(self, head: Head, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        (levels,) = self.features(batch).values()
        outputs = predict_at(head, levels, batch["image"].shape[-2:], self.patch)
        with torch.autocast(batch["image"].device.type, enabled=False):
            loss = task_loss(self.task, outputs.float(), batch, self.losses)
        return {"loss": loss, self.task: loss}


def realign_head(
    labelled: Path,
    model: Path,
    index: Path,
    shards: list[Path],
    head: Path,
    curves: Path,
    effort: Path,
    *,
    config: RealignHeadConfig,
) -> None:
    del shards  # beside the index
    runtime = start(config.runtime, config.training_seed)
    network, _ = load_model(model)
    trained = network.heads[config.task].to(runtime.device)
    features = CachedTargets({config.name: FeatureStore(index)}, views=config.views())
    dataset = config.open(labelled, [config.task])
    steps = tracked_fit(
        trained,
        train_batches(
            dataset, config.fit, runtime, seed=config.training_seed, num_views=config.num_views
        ),
        HeadObjective(config.task, features, network.student.patch, config.losses),
        config.fit,
        runtime,
        curves=curves,
        run=f"realign_head {config.name} {config.task}",
        params=asdict(config),
        title=f"re-align {config.name}, {config.task}",
    )
    save_file({key: value.cpu().contiguous() for key, value in trained.state_dict().items()}, head)
    write_effort(effort, trained, steps, config.fit.batch_size, len(dataset))


if __name__ == "__main__":
    run_rule(realign_head, snakemake)
