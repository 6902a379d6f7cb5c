"""Rule `realign_head`: one task's head learns what the merged encoder says (SIMO, Sec. 5.0.1)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from polytask.data.catalogue import DatasetConfig, describe_views
from polytask.data.views import ScaleAndCrop
from polytask.losses.multitask import LossConfig, task_loss
from polytask.models.files import load_model
from polytask.models.heads import Head, predict_at
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.teachers.features import FeatureStore
from polytask.teachers.targets import CachedTargets
from polytask.training.batches import train_batches
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.curves import CurveWriter
from polytask.training.effort import write_effort
from polytask.training.loop import fit
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class RealignHeadConfig:
    """A merge, one task of it, and the views that its features were cached of."""

    name: str
    task: str
    seed: int
    runtime: RuntimeConfig
    dataset: DatasetConfig
    split: str
    losses: LossConfig
    num_views: int
    view: ScaleAndCrop
    fit: FitConfig


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
    runtime = start(config.runtime, config.seed)
    network, _ = load_model(model)
    trained = network.heads[config.task].to(runtime.device)
    views = describe_views(config.view, config.seed, config.dataset.image_size)
    features = CachedTargets({config.name: FeatureStore(index)}, views=views)
    dataset = config.dataset.open(
        labelled, config.split, config.view, tasks=(config.task,), seed=config.seed,
        keep_in_memory=config.fit.num_workers == 0,
    )  # fmt: skip

    draw = train_batches(dataset, config.fit, runtime, seed=config.seed, num_views=config.num_views)
    with track(f"realign_head {config.name} {config.task}", asdict(config)) as run:
        steps = fit(
            trained,
            draw,
            HeadObjective(config.task, features, network.student.patch, config.losses),
            config.fit,
            runtime,
            on_log=CurveWriter(curves, run.log),
            checkpoint=Checkpoints(*saved_work()),
            name=f"re-align {config.name}, {config.task}",
        )
    save_file({key: value.cpu().contiguous() for key, value in trained.state_dict().items()}, head)
    write_effort(effort, trained, steps, config.fit.batch_size, len(dataset))


if __name__ == "__main__":
    run_rule(realign_head, snakemake)
