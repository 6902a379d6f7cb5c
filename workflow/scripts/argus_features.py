"""Rule `argus_features`: what a frozen backbone says of a data set that several tasks learn on."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.argus.features import FrozenBackbone
from polytask.argus.files import load_pretrained
from polytask.data.catalogue import DatasetConfig, describe_views
from polytask.data.views import ScaleAndCrop
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.teachers.caching import write_features
from polytask.teachers.kept_shards import KeptShards
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class ArgusFeaturesConfig:
    """The data set, and the views of its training images that decoders are trained on."""

    name: str
    seed: int
    runtime: RuntimeConfig
    dataset: DatasetConfig
    num_views: int
    view: ScaleAndCrop


def argus_features(
    labelled: Path, backbone: Path, index: Path, shards: list[Path], *, config: ArgusFeaturesConfig
) -> None:
    runtime, work = start(config.runtime, config.seed), saved_work()
    data = config.dataset
    write_features(
        FrozenBackbone(load_pretrained(backbone)[0].backbone, runtime),
        data.open(labelled, data.train_split, config.view, tasks=(), seed=config.seed),
        config.num_views,
        index,
        shards,
        views=describe_views(config.view, config.seed, data.image_size),
        image_size=data.image_size,
        device=runtime.device,
        kept=KeptShards(*work) if work.folder else None,
        name=f"features of {config.name}",
    )


if __name__ == "__main__":
    run_rule(argus_features, snakemake)
