"""Models of different tasks, fine-tuned from one encoder, that are to become one model."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from polytask.errors import UserError
from polytask.merging.files import Part, WeightsFile
from polytask.merging.task_vectors import Weights
from polytask.models.files import (
    MODEL_FORMAT,
    config_path,
    initialise_stem,
    load_model,
    load_state,
    load_student,
    read_config,
)
from polytask.models.multitask import MultiTaskModel, build_model, build_student, is_on_encoder
from polytask.models.sak import StudentConfig

SHARED = "student."
"""How the keys begin that all tasks share; all others belong to a task's head or router."""


PARTS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "student": lambda config: StudentConfig(**config["student"]),
    "teacher_dims": lambda config: config["teacher_dims"],
    "fusion": lambda config: config["fusion"],
    "head": lambda config: config.get("head", "conv"),
}
"""What has to be the same, as older files say it too."""


class United:
    """theta_0 (`base`), theta_1, ..., theta_T (`encoders`) and the heads of all tasks.

    Encoders are read tensor by tensor, under the names that they have in a student. `tasks` says
    which tasks each model has, `config` is the configuration of one model with all of them. Raises
    UserError where the models do not fit together.
    """

    def __init__(self, models: Sequence[Path], base: Path) -> None:
        self.tasks, self.config = _united(models)
        opened = [WeightsFile(file) for file in models]
        self.encoders: list[Weights] = [Part(weights, SHARED) for weights in opened]
        self.base = base_encoder(base, self.config)
        self._heads = {key: each for each in opened for key in each if not key.startswith(SHARED)}

    def network(self, encoder: Weights) -> MultiTaskModel:
        """One model, in eval mode, of this encoder and every task's own head."""
        state: dict[str, Tensor] = {SHARED + key: encoder[key] for key in encoder}
        state |= {key: weights[key] for key, weights in self._heads.items()}
        model = build_model(self.config)
        load_state(model, state, "the merged model")
        return model.eval()


def set_encoder(network: MultiTaskModel, encoder: Mapping[str, Tensor]) -> None:
    """Give the network these weights of the encoder; its heads stay."""
    network.student.load_state_dict({key: encoder[key] for key in encoder})


def along(base: Weights, end: Weights, scale: float) -> dict[str, Tensor]:
    """theta_0 + lambda (theta - theta_0), on the way from `base` to `end` and beyond."""
    return {key: base[key] + scale * (end[key] - base[key]) for key in base}


def base_encoder(base: Path, config: Mapping[str, Any]) -> Weights:
    """theta_0 under the student's names: out of a model, a student, or a plain timm ViT."""
    if config_path(base).is_file():
        model_format = json.loads(config_path(base).read_text()).get("format")
        load = load_model if model_format == MODEL_FORMAT else load_student
        module, _ = load(base)
        return getattr(module, "student", module).state_dict()
    student = build_student(config)
    if any(not key.startswith("vit.") for key in student.state_dict()):
        raise UserError(
            f"{base}: a plain ViT has no adapter paths; name the student that these models "
            "were fine-tuned from"
        )
    initialise_stem(student, base)
    return student.state_dict()


def _united(files: Sequence[Path]) -> tuple[list[tuple[str, ...]], dict[str, Any]]:
    """The tasks of each file, and the configuration of one model with the tasks of all."""
    first, owner, tasks, of_each = read_config(files[0], MODEL_FORMAT), {}, {}, []
    for file in files:
        config = read_config(file, MODEL_FORMAT)
        if is_on_encoder(config):
            raise UserError(f"{file}: heads on a teacher, and models on students alone merge")
        if config.get("head") == "mlore":
            raise UserError(f"{file}: tasks share the weights of its head, mlore; merge others")
        for key, build in PARTS.items():
            if build(config) != build(first):
                raise UserError(f"{file}: its {key} is not that of {files[0]}; they cannot merge")
        for task, num_outputs in config["tasks"].items():
            if task in owner:
                raise UserError(f"{file}: {task} is a task of {owner[task]} too; leave one out")
            tasks[task], owner[task] = num_outputs, file
        of_each.append(tuple(config["tasks"]))
    return of_each, {**first, "tasks": tasks}
