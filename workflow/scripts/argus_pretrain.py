"""Rule `argus_pretrain`: stage 1 of Argus, an adapter and the decoders of the core tasks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytask.argus.average import AveragedWeights
from polytask.argus.backbone import Backbone, BackboneConfig
from polytask.argus.data import TaskData
from polytask.argus.decoder import LabelSpace
from polytask.argus.files import Pretrained, save_pretrained
from polytask.argus.model import DecoderConfig, build_decoder, describe_decoder
from polytask.argus.objectives import BalancedPretraining, PretrainingObjective
from polytask.data.views import ScaleAndCrop
from polytask.models.files import initialise_stem
from polytask.pipeline.rule import run_rule
from polytask.tracked import tracked_fit
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import build_balancing
from polytask.training.config import FitConfig
from polytask.training.effort import write_effort
from polytask.training.runtime import Runtime, RuntimeConfig, start
from polytask.training.sources import Sampling, Source, source_batches

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class SourceConfig(TaskData):
    """One data set of stage 1: what is learnt on it, and how much of it a step sees."""

    root: Path
    tasks: tuple[str, ...]
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class PretrainConfig:
    """A model of Argus: its backbone, the `sources` of stage 1 (none: the ViT as it is).

    `decoders` are those of the core tasks. `ema` is the decay of the averaged weights, 0 for none.
    """

    name: str
    seed: int
    runtime: RuntimeConfig
    backbone: BackboneConfig
    initial_weights: str
    sources: dict[str, SourceConfig]
    decoders: dict[str, DecoderConfig]
    task_weights: dict[str, float]
    sampling: Sampling
    balancing: BalancingConfig
    ema: float
    view: ScaleAndCrop
    num_views: int
    fit: FitConfig


def open_sources(config: PretrainConfig) -> tuple[dict[str, Source], dict[str, LabelSpace]]:
    """The images of every source, and what the labels of every task say."""
    sources, spaces = {}, {}
    for name, source in config.sources.items():
        images, space = source.open(
            source.root, source.tasks, train=True, view=config.view, seed=config.seed,
            keep_in_memory=config.fit.num_workers == 0,
        )  # fmt: skip
        sources[name] = Source(images, source.tasks, source.batch_size)
        spaces |= dict.fromkeys(source.tasks, space)
    return sources, spaces


def objective(config: PretrainConfig, runtime: Runtime) -> PretrainingObjective:
    """sum_t lambda_t l_t, by given weights or by learnt ones."""
    tasks = {name: source.tasks for name, source in config.sources.items()}
    parts = tasks, config.task_weights
    if config.balancing.method == "fixed":
        return PretrainingObjective(*parts)
    balancing = build_balancing(
        config.balancing, sum(map(len, tasks.values())), runtime.device,
        layer=lambda model: model.backbone.last_layer(),
    )  # fmt: skip
    return BalancedPretraining(*parts, balancing=balancing)


def pretrained(
    config: PretrainConfig, weights: list[Path], spaces: Mapping[str, LabelSpace]
) -> Pretrained:
    """The model that stage 1 starts from."""
    backbone = Backbone(config.backbone)
    if config.initial_weights != "random":
        initialise_stem(backbone.student, weights[0] if weights else "hub")
    backbone.train_adapter()
    decoders = {
        task: build_decoder(task, decoder, backbone.dim, spaces[task])
        for task, decoder in config.decoders.items()
    }
    return Pretrained(backbone, decoders)


def train(
    config: PretrainConfig, runtime: Runtime, model: Pretrained, sources: Mapping[str, Source],
    curves: Path,
) -> int:  # fmt: skip
    """Train the adapter and the decoders; returns the number of steps."""
    learnt: Any = objective(config, runtime)
    if config.ema:
        learnt = AveragedWeights(learnt, model, config.ema)
    batches = source_batches(
        sources, config.fit, runtime, seed=config.seed, num_views=config.num_views,
        sampling=config.sampling,
    )  # fmt: skip
    steps = tracked_fit(
        model, batches, learnt, config.fit, runtime, curves=curves,
        run=f"argus_pretrain {config.name}", params=asdict(config),
        title=f"stage 1 of {config.name}",
    )  # fmt: skip
    if config.ema:
        learnt.into(model)
    return steps


def argus_pretrain(
    labelled: list[Path],
    weights: list[Path],
    model: Path,
    model_config: Path,
    curves: Path,
    effort: Path,
    *,
    config: PretrainConfig,
) -> None:
    del labelled, model_config  # roots of the sources; written beside the model
    runtime = start(config.runtime, config.seed)
    sources, spaces = open_sources(config)
    network = pretrained(config, weights, spaces).to(runtime.device)
    steps = 0
    if sources:
        steps = train(config, runtime, network, sources, curves)
    else:
        curves.write_text("step,loss\n")
        network.requires_grad_(False)
    described = {
        task: describe_decoder(decoder, spaces[task]) for task, decoder in config.decoders.items()
    }
    save_pretrained(model, network, described)
    images = sum(len(source.images) for source in sources.values())
    write_effort(effort, network, steps, config.fit.batch_size, images)


if __name__ == "__main__":
    run_rule(argus_pretrain, snakemake)
