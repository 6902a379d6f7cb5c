"""What a training of VTA starts from: a pretrained backbone, or another model as a whole."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from polytask.data.catalogue import DatasetConfig
from polytask.errors import UserError
from polytask.models.files import MODEL_FORMAT, load_weights, read_config
from polytask.models.vta.config import VtaConfig
from polytask.models.vta.model import VtaModel
from polytask.tasks import num_outputs


def describe(
    architecture: VtaConfig, tasks: Sequence[str], dataset: DatasetConfig, classes: Sequence[str]
) -> dict[str, Any]:
    """The configuration of the model file: plain data, as JSON gives it back."""
    values = {
        "format": MODEL_FORMAT,
        "vta": asdict(architecture),
        "tasks": {task: num_outputs(task, dataset.num_classes) for task in tasks},
        "classes": classes,
        "image_size": dataset.image_size,
        "teacher_dims": {},
        "student": {"image_size": dataset.image_size},
    }
    return json.loads(json.dumps(values))


def go_on_from(network: VtaModel, description: Mapping[str, Any], file: Path) -> None:
    """Give `network` the weights and affinities of a trained model of the same form.

    Raises UserError for a model of another architecture or of other tasks.
    """
    other = read_config(file, MODEL_FORMAT)
    for part in ("vta", "tasks"):
        if other.get(part) != description[part]:
            raise UserError(
                f"{file}: `start` is a model with {part} {other.get(part)}, not "
                f"{description[part]}; train both with the same"
            )
    load_weights(network, file)


def keep_unsupervised(network: VtaModel, supervised: Collection[str]) -> None:
    """Freeze what belongs to tasks without labels: their decoders, and all representations.

    Every task sees a mean over all rows of them, so that a step for one would move the others.
    """
    without = [task for task in network.tasks if task not in supervised]
    for task in without:
        network.decoders[task].requires_grad_(False)
    if without and network.task_representations is not None:
        network.task_representations.requires_grad_(False)
