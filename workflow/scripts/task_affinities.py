"""Rule `task_affinities`: cosines of task gradients in a trained model (VTA, Algorithm 1: sim)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from polytask.affinity.cosines import cosines
from polytask.argus.files import BACKBONE_FORMAT, assemble
from polytask.argus.objectives import loss_of
from polytask.argus.tasks import VISION_TASKS
from polytask.data.sampling import batches_of
from polytask.losses.multitask import LossConfig
from polytask.models.files import MODEL_FORMAT, load_model, read_config
from polytask.pipeline.rule import run_rule
from polytask.progress import bar
from polytask.training.balancing.gradients import jacobian, per_task
from polytask.training.balancing.troa import Sharing
from polytask.training.objectives import MultiTaskObjective
from polytask.training.runtime import Runtime, start
from polytask.validation import ValidationConfig

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Losses = Callable[[Mapping[str, Any]], list[Tensor]]


@dataclass(frozen=True, kw_only=True)
class TaskAffinitiesConfig(ValidationConfig):
    """The tasks of a system's model, and the losses that trained it; decoders of Argus have own."""

    system: str
    title: str
    tasks: tuple[str, ...]
    losses: LossConfig | None


def of_network(
    config: TaskAffinitiesConfig, path: Path, device: torch.device
) -> tuple[list[Tensor], Losses]:
    """What the tasks of a model share, and their losses: its student, or what it says itself."""
    network = load_model(path)[0].to(device)
    objective = MultiTaskObjective(dict.fromkeys(config.tasks, 1.0), config.losses)
    if isinstance(network, Sharing):
        shared = list(network.shared_parameters())
    else:
        shared = list(network.student.parameters())
    return shared, lambda batch: list(objective.losses_of(network, batch)[2].values())


def of_argus(
    config: TaskAffinitiesConfig, models: list[Path], device: torch.device
) -> tuple[list[Tensor], Losses]:
    """The same of a model of Argus: the adapter that its decoders share."""
    model = assemble(models[0], models[1:]).to(device)
    model.backbone.train_adapter()

    def losses(batch: Mapping[str, Any]) -> list[Tensor]:
        features = model.backbone(batch["image"])
        return [loss_of(model.decoders[task], features, batch) for task in config.tasks]

    return list(model.backbone.student.adapter.parameters()), losses


def opened(
    config: TaskAffinitiesConfig, models: list[Path], device: torch.device
) -> tuple[list[Tensor], Losses]:
    """The trained weights that the tasks share, and what gives their losses on a batch."""
    form = read_config(models[0], MODEL_FORMAT, BACKBONE_FORMAT)["format"]
    if form == BACKBONE_FORMAT:
        shared, losses = of_argus(config, models, device)
    else:
        shared, losses = of_network(config, models[0], device)
    return [weight for weight in shared if weight.requires_grad], losses


def cosines_on(
    config: TaskAffinitiesConfig, labelled: Path, shared: list[Tensor], losses: Losses,
    runtime: Runtime,
) -> Tensor:  # fmt: skip
    """The cosines (M,N,N) of N tasks on each of M batches; the model stays as it is."""
    known = [VISION_TASKS[task].label if task in VISION_TASKS else task for task in config.tasks]
    images = config.dataset.open(labelled, config.split, tasks=known)
    keys = range(len(images))[: config.num_images]
    found = []
    with bar(f"task affinities of {config.title}", len(keys), "image") as progress:
        for batch in batches_of(images, keys, config.batch_size):
            with runtime.autocast():
                parts = losses(runtime.send(batch))
            gradients, _ = per_task(parts, shared)
            jacobian_NP = jacobian(gradients, shared, range(len(shared))).float()
            found.append(cosines(jacobian_NP).cpu())
            progress.update(len(batch["image"]))
    return torch.stack(found)


def task_affinities(
    labelled: Path, models: list[Path], affinities: Path, *, config: TaskAffinitiesConfig
) -> None:
    runtime = start(config.runtime, config.seed)
    shared, losses = opened(config, models, runtime.device)
    found_MNN = cosines_on(config, labelled, shared, losses, runtime)
    result = {
        "system": config.system,
        "title": config.title,
        "tasks": list(config.tasks),
        "cosines": found_MNN.mean(dim=0).tolist(),
        "spread": found_MNN.std(dim=0, correction=0).tolist(),
        "num_batches": len(found_MNN),
        "batch_size": config.batch_size,
        "num_weights": sum(weight.numel() for weight in shared),
        "split": config.split,
    }
    affinities.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    run_rule(task_affinities, snakemake)
