"""Rule `merged_features`: what a merged encoder says about the split that its heads re-align on."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from polytask.data.catalogue import DatasetConfig, describe_views
from polytask.data.views import ScaleAndCrop
from polytask.models.files import load_model
from polytask.models.multitask import MultiTaskModel
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.teachers.caching import write_features
from polytask.teachers.kept_shards import KeptShards
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class MergedFeaturesConfig:
    """The split, and the views of it that the heads are trained on."""

    name: str
    seed: int
    runtime: RuntimeConfig
    dataset: DatasetConfig
    split: str
    num_views: int
    view: ScaleAndCrop


class FrozenEncoder:
    """What the heads see: images (B,3,H,W) in [0,1] -> per level (B,D,h,w), as of a teacher."""

    def __init__(self, network: MultiTaskModel, runtime: Runtime) -> None:
        self.network, self.runtime = network.to(runtime.device), runtime
        self.task = next(iter(network.heads))

    def shapes(self, image_hw: tuple[int, int]) -> list[tuple[int, ...]]:
        return [tuple(level.shape[1:]) for level in self(torch.zeros(1, 3, *image_hw))]

    @torch.no_grad()
    def __call__(self, images_B3HW: Tensor) -> list[Tensor]:
        with self.runtime.autocast():
            representations = self.network.student(images_B3HW.to(self.runtime.device))
            levels, _ = self.network.fusion(representations, self.task)
        return [level.float() for level in levels]


def merged_features(
    labelled: Path, model: Path, index: Path, shards: list[Path], *, config: MergedFeaturesConfig
) -> None:
    runtime, work = start(config.runtime, config.seed), saved_work()
    size = config.dataset.image_size
    write_features(
        FrozenEncoder(load_model(model)[0], runtime),
        config.dataset.open(labelled, config.split, config.view, tasks=(), seed=config.seed),
        config.num_views,
        index,
        shards,
        views=describe_views(config.view, config.seed, size),
        image_size=size,
        device=runtime.device,
        kept=KeptShards(*work) if work.folder else None,
        name=f"features of {config.name}",
    )


if __name__ == "__main__":
    run_rule(merged_features, snakemake)
