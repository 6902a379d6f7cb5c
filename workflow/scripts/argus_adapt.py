"""Rule `argus_adapt`: stage 2 of Argus, the decoder of one task on the backbone of stage 1."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytask.argus.data import TaskData
from polytask.argus.decoder import Features, LabelSpace
from polytask.argus.features import (
    ComputedFeatures,
    FrozenBackbone,
    StoredFeatures,
    TrainedFeatures,
)
from polytask.argus.files import Adapted, load_pretrained, save_adapted
from polytask.argus.model import DecoderConfig, build_decoder, describe_decoder
from polytask.argus.objectives import AdaptationObjective
from polytask.data.catalogue import describe_views
from polytask.data.views import ScaleAndCrop
from polytask.pipeline.rule import run_rule
from polytask.tracked import tracked_fit
from polytask.training.batches import train_batches
from polytask.training.config import FitConfig
from polytask.training.effort import write_effort
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class AdaptConfig(TaskData):
    """One task of a model: its images, its decoder, and whether the adapter is trained with it.

    A decoder of stage 1 that stays the same is where stage 2 starts.
    """

    name: str
    task: str
    seed: int
    runtime: RuntimeConfig
    decoder: DecoderConfig
    train_adapter: bool
    view: ScaleAndCrop
    num_views: int
    fit: FitConfig


def argus_adapt(
    labelled: Path,
    backbone: Path,
    index: list[Path],
    shards: list[Path],
    model: Path,
    model_config: Path,
    curves: Path,
    effort: Path,
    *,
    config: AdaptConfig,
) -> None:
    del model_config, shards  # written beside the model; beside the index
    runtime = start(config.runtime, config.seed)
    images, space = config.open(
        labelled, [config.task], train=True, view=config.view, seed=config.seed,
        keep_in_memory=config.fit.num_workers == 0,
    )  # fmt: skip
    described = describe_decoder(config.decoder, space)
    trained, features = start_from(config, backbone, index, space, runtime)
    steps = tracked_fit(
        trained,
        train_batches(images, config.fit, runtime, seed=config.seed, num_views=config.num_views),
        AdaptationObjective(config.task, features),
        config.fit,
        runtime,
        curves=curves,
        run=f"argus_adapt {config.name} {config.task}",
        params=asdict(config),
        title=f"stage 2 of {config.name}, {config.task}",
    )
    save_adapted(model, trained, config.task, described)
    write_effort(effort, trained, steps, config.fit.batch_size, len(images))


def start_from(
    config: AdaptConfig, file: Path, index: list[Path], space: LabelSpace, runtime: Runtime
) -> tuple[Adapted, Callable[[Mapping[str, Any]], Features]]:
    """What is trained, and the maps that it sees of a batch."""
    pretrained, _, of_stage_1 = load_pretrained(file)
    backbone = pretrained.backbone.to(runtime.device)
    described = describe_decoder(config.decoder, space)
    if of_stage_1.get(config.task, {}) | {"also": described["also"]} == described:
        decoder = pretrained.decoders[config.task]
    else:
        decoder = build_decoder(config.task, config.decoder, backbone.dim, space)
    backbone.freeze()
    if config.train_adapter:
        backbone.student.adapter.requires_grad_(True)
        return Adapted(decoder, backbone).to(runtime.device), TrainedFeatures(backbone)
    alone = Adapted(decoder, None).to(runtime.device)
    if not index:
        return alone, ComputedFeatures(FrozenBackbone(backbone, runtime))
    views = describe_views(config.view, config.seed, config.dataset.image_size)
    return alone, StoredFeatures(index[0], views, backbone.config.enlarged)


if __name__ == "__main__":
    run_rule(argus_adapt, snakemake)
