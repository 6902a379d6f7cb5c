"""Rule `vta_train`: a model of VTA or one of its baselines, in any of the paper's settings."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytask.data.catalogue import DatasetConfig
from polytask.data.labelled import MultiTaskDataset
from polytask.data.views import ScaleAndCrop
from polytask.errors import UserError, advice
from polytask.losses.multitask import LossConfig
from polytask.models.files import save_model
from polytask.models.multitask import build_model
from polytask.models.vta.config import VtaConfig
from polytask.models.vta.model import VtaModel
from polytask.models.vta.weights import initialise_backbone
from polytask.pipeline.rule import run_rule
from polytask.tasks import num_outputs
from polytask.tracked import tracked_fit
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import BalancedObjective, build_balancing
from polytask.training.balancing.troa import Troa
from polytask.training.batches import train_batches
from polytask.training.config import FitConfig
from polytask.training.effort import write_effort
from polytask.training.objectives import MultiTaskObjective
from polytask.training.repetition import seed_of
from polytask.training.runtime import Runtime, RuntimeConfig
from polytask.training.runtime import start as start_runtime
from polytask.training.sources import Source, source_batches
from polytask.vta.adversarial import (
    SOURCE,
    TARGET,
    AdversarialConfig,
    AdversarialObjective,
    Contest,
    Discriminator,
)
from polytask.vta.origin import describe, go_on_from, keep_unsupervised

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class VtaTrainConfig:
    """A model with decoders for `tasks`, which learns from the labels of `supervised`.

    Where these are fewer (zero-shot transfer) it starts from another model, whose affinities and
    other decoders it keeps: without labels there are no gradients to compare. With an
    `unlabelled_dataset` its outputs on those images are to look like those on `dataset`
    (`adversarial`).
    """

    name: str
    seed: int
    runtime: RuntimeConfig
    architecture: VtaConfig
    initial_weights: str
    dataset: DatasetConfig
    tasks: tuple[str, ...]
    supervised: tuple[str, ...]
    balancing: BalancingConfig
    unlabelled_dataset: DatasetConfig | None
    adversarial: AdversarialConfig | None
    task_weights: dict[str, float]
    losses: LossConfig
    view: ScaleAndCrop
    num_views: int
    fit: FitConfig
    repetition: int = 0


def check(config: VtaTrainConfig, unlabelled: list[Path], origin: list[Path]) -> None:
    """Raise UserError for what cannot be trained."""
    for task in config.supervised:
        if task not in config.tasks:
            raise UserError(
                f"{config.name}: supervised: the model has no decoder for {task!r}; "
                f"{advice(task, config.tasks)}"
            )
    unseen = [task for task in config.tasks if task not in config.supervised]
    if unseen and not origin:
        raise UserError(
            f"{config.name}: nothing trains the decoder of {unseen[0]!r}; give `start`, a model "
            "that has learnt it, or name it in `supervised`"
        )
    if config.unlabelled_dataset is not None and not unlabelled:
        raise UserError(
            f"{config.name}: unlabelled: no images of the target domain are given; name their "
            "root, or drop `unlabelled`"
        )
    if config.unlabelled_dataset is not None and config.runtime.compile:
        raise UserError(
            f"{config.name}: a model beside a discriminator is not compiled; "
            "set runtime.compile: false"
        )


def opened(
    config: VtaTrainConfig, dataset: DatasetConfig, root: Path, tasks: tuple[str, ...],
    view: ScaleAndCrop,
) -> MultiTaskDataset:  # fmt: skip
    """The training images of a data set in this model's size, with the labels of `tasks`."""
    return replace(dataset, image_size=config.dataset.image_size).open(
        root, dataset.train_split, view, tasks=tasks, seed=config.seed,
        keep_in_memory=config.fit.num_workers == 0,
    )  # fmt: skip


def batches(
    config: VtaTrainConfig, images: MultiTaskDataset, unlabelled: list[Path], runtime: Runtime
) -> Callable[..., Any]:
    """Those of the labelled data set, or of it and of the images of the target domain.

    Views of the target are drawn without a look at its classes.
    """
    how = {"seed": seed_of(config.seed, config.repetition), "num_views": config.num_views}
    if config.unlabelled_dataset is None:
        return train_batches(images, config.fit, runtime, **how)
    blind = replace(config.view, cat_max_ratio=1.0)
    others = opened(config, config.unlabelled_dataset, unlabelled[0], (), blind)
    size = config.fit.batch_size
    domains = {SOURCE: Source(images, config.supervised, size), TARGET: Source(others, (), size)}
    return source_batches(domains, config.fit, runtime, sampling="all", **how)


def initialised(
    config: VtaTrainConfig, description: Mapping[str, Any], weights: list[Path], origin: list[Path]
) -> VtaModel:
    """The model with what it starts from: another model, or a pretrained backbone."""
    network = build_model(description)
    if origin:
        go_on_from(network, description, origin[0])
    elif config.initial_weights != "random":
        initialise_backbone(network, weights[0] if weights else "hub")
    keep_unsupervised(network, config.supervised)
    return network


def objective(config: VtaTrainConfig, network: VtaModel, runtime: Runtime) -> MultiTaskObjective:
    """sum_t w_t L_t over the supervised tasks, balanced where all of several have labels.

    TROA goes on from the affinities that the model has.
    """
    parts = {task: config.task_weights[task] for task in config.supervised}, config.losses
    whole = len(config.supervised) == len(config.tasks) > 1
    if config.balancing.method == "fixed" or not whole:
        return MultiTaskObjective(*parts)
    balancing = build_balancing(config.balancing, len(config.tasks), runtime.device)
    if isinstance(balancing, Troa):
        balancing.affinities_NN = network.affinities.detach().to(runtime.device, copy=True)
    return BalancedObjective(*parts, balancing=balancing)


def contest(
    config: VtaTrainConfig, network: VtaModel, learnt: MultiTaskObjective
) -> tuple[Contest, AdversarialObjective]:
    """The model beside a discriminator of its outputs, and what the two minimise."""
    outputs = sum(num_outputs(task, config.dataset.num_classes) for task in config.supervised)
    adversary = Discriminator(outputs, config.adversarial.width)
    return Contest(network, adversary), AdversarialObjective(learnt, config.adversarial.weight)


def train(
    config: VtaTrainConfig, network: VtaModel, images: MultiTaskDataset, unlabelled: list[Path],
    runtime: Runtime, curves: Path,
) -> tuple[int, MultiTaskObjective]:  # fmt: skip
    """Train the model in place; the number of steps, and the objective as it then is."""
    learnt = objective(config, network, runtime)
    trained, minimised = network, learnt
    if config.unlabelled_dataset is not None:
        trained, minimised = contest(config, network, learnt)
    steps = tracked_fit(
        trained.to(runtime.device), batches(config, images, unlabelled, runtime), minimised,
        config.fit, runtime, curves=curves, run=f"vta_train {config.name.replace('/', '-')}",
        params=asdict(config), title=f"VTA, {config.name}",
    )  # fmt: skip
    return steps, learnt


def write_affinities(
    path: Path, network: VtaModel, tasks: tuple[str, ...], learnt: MultiTaskObjective
) -> None:
    """Write what the model weighs its tasks by, and the cosines that TROA saw last."""
    balancing = getattr(learnt, "balancing", None)
    cosines = balancing.cosines_NN if isinstance(balancing, Troa) else None
    found = {
        "tasks": list(tasks),
        "affinities": network.affinities.tolist(),
        "cosines": None if cosines is None else cosines.tolist(),
    }
    path.write_text(json.dumps(found, indent=2) + "\n")


def vta_train(
    labelled: Path,
    unlabelled: list[Path],
    weights: list[Path],
    start: list[Path],
    model: Path,
    model_config: Path,
    curves: Path,
    effort: Path,
    affinities: Path,
    *,
    config: VtaTrainConfig,
) -> None:
    del model_config  # written beside the model
    check(config, unlabelled, start)
    runtime = start_runtime(config.runtime, seed_of(config.seed, config.repetition))
    images = opened(config, config.dataset, labelled, config.supervised, config.view)
    description = describe(
        config.architecture, config.tasks, config.dataset, images.class_names or []
    )
    network = initialised(config, description, weights, start)
    steps, learnt = train(config, network, images, unlabelled, runtime, curves)
    save_model(model, network, description)
    write_effort(effort, network, steps, config.fit.batch_size, len(images))
    write_affinities(affinities, network, config.tasks, learnt)


if __name__ == "__main__":
    run_rule(vta_train, snakemake)
