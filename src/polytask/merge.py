"""Merge model files without the DAG: this project's models with their heads, or plain timm ones."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from polytask.disk import replacing, sha256_of
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
    save_model,
)
from polytask.models.multitask import build_model, build_student

WEIGHTS = "model.safetensors"
REPORT = "merge.json"
SHARED = "student."
"""How the keys begin that all tasks share; all others belong to a task's head or router."""

Method = Callable[[Weights, Sequence[Weights]], Mapping[str, Tensor]]


def merge_files(
    models: Sequence[Path], base: Path, out: Path, method: Method, description: Mapping[str, Any]
) -> Path:
    """Merge `models`, fine-tuned from `base`, by `method` into the folder `out`; returns the file.

    A folder stands for its model.safetensors. Models of this project keep the heads of all, each
    as it is; of others every tensor is merged. merge.json says what was merged (SHA-256) and how
    (`description`). Raises UserError, before anything is written, for files that do not fit
    together and for an `out` that holds a model.
    """
    files, base, result = [weights_in(model) for model in models], weights_in(base), out / WEIGHTS
    if result.exists():
        raise UserError(f"{result}: exists; name another folder")
    opened = [WeightsFile(file) for file in files]
    if all(config_path(file).is_file() for file in files):
        config = _united(files)
        encoders = [Part(weights, SHARED) for weights in opened]
        merged = method(_base_encoder(base, config), encoders)
        heads = {key: each for each in opened for key in each if not key.startswith(SHARED)}
        state = {SHARED + key: value for key, value in merged.items()}
        state |= {key: weights[key] for key, weights in heads.items()}
        model = build_model(config)
        load_state(model, state, "the merged model")
        save_model(result, model, config)
    else:
        _save(result, method(WeightsFile(base), opened))
    sources = [{"path": str(file), "sha256": sha256_of(file)} for file in (base, *files)]
    report = {**description, "base": sources[0], "models": sources[1:]}
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n")
    return result


def weights_in(path: Path) -> Path:
    """The weights file that a path stands for."""
    return path / WEIGHTS if path.is_dir() else path


def _united(files: Sequence[Path]) -> dict[str, Any]:
    """The configuration of one model with the tasks of all."""
    first, owner, tasks = read_config(files[0], MODEL_FORMAT), {}, {}
    for file in files:
        config = read_config(file, MODEL_FORMAT)
        for key in ("student", "teacher_dims", "fusion"):
            if config[key] != first[key]:
                raise UserError(f"{file}: its {key} is not that of {files[0]}; they cannot merge")
        for task, num_outputs in config["tasks"].items():
            if task in owner:
                raise UserError(f"{file}: {task} is a task of {owner[task]} too; leave one out")
            tasks[task], owner[task] = num_outputs, file
    return {**first, "tasks": tasks}


def _base_encoder(base: Path, config: Mapping[str, Any]) -> Weights:
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


def _save(path: Path, state: Mapping[str, Tensor]) -> None:
    """Write a state dict, whole or not at all."""
    with replacing(path) as partial:
        save_file({key: value.contiguous() for key, value in state.items()}, partial)
