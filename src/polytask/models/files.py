"""Model files: safetensors weights, their configuration as JSON beside them, one digest for both.

A folder stands for the model.safetensors in it; where `polytask export` wrote it, the configuration
is its config.json. Nothing is unpickled, and no key is ever skipped silently.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.disk import replacing
from polytask.errors import UserError
from polytask.models.multitask import MultiTaskModel, build_model, build_student
from polytask.models.sak import Student

MODEL_FORMAT = "polytask.model/1"
STUDENT_FORMAT = "polytask.student/1"
DIGEST = "config_sha256"
WEIGHTS = "model.safetensors"
HUB_CONFIG = "config.json"
HUB_TYPE = "polytask"
HUB_KEYS = ("architectures", "model_type")
"""What config.json has besides the configuration, for tools of the Hugging Face Hub."""
CLASSIFIER_KEYS = ("norm.", "head.", "fc_norm.")
"""What a classification ViT has after its last block and a stem has no use for."""


def weights_in(path: str | Path) -> Path:
    """Return the weights file that a path stands for: itself, or that of a folder."""
    return Path(path) / WEIGHTS if Path(path).is_dir() else Path(path)


def config_path(path: str | Path) -> Path:
    """Return where the configuration of the weights at `path` lies: same name, .json.

    Where that is not there but an exported model's config.json is, that is it.
    """
    beside = weights_in(path).with_suffix(".json")
    exported = beside.with_name(HUB_CONFIG)
    return exported if not beside.is_file() and _is_exported(exported) else beside


def _is_exported(path: Path) -> bool:
    """Whether a config.json is of this project; other models have files of that name too."""
    try:
        return json.loads(path.read_text()).get("model_type") == HUB_TYPE
    except (OSError, ValueError, AttributeError):
        return False


def hub_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the config.json of an exported model holds: HUB_KEYS and its configuration."""
    model = Student if config["format"] == STUDENT_FORMAT else MultiTaskModel
    name = "VtaModel" if "vta" in config else model.__name__
    return {"architectures": [name], "model_type": HUB_TYPE, **config}


def digest_of(config: Mapping[str, Any]) -> str:
    """Return the sha256 of a configuration; the order of keys counts, as teachers have one."""
    return hashlib.sha256(json.dumps(config).encode()).hexdigest()


def save_model(path: str | Path, model: nn.Module, config: Mapping[str, Any]) -> None:
    """Write weights and configuration, each complete or not at all.

    `config["format"]` is MODEL_FORMAT for a MultiTaskModel, STUDENT_FORMAT for a bare Student.
    """
    path = Path(path)
    state = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    with replacing(path.with_suffix(".json")) as text, replacing(path) as weights:
        save_file(state, weights, metadata={DIGEST: digest_of(config)})
        text.write_text(json.dumps(config, indent=2) + "\n")


def load_model(path: str | Path) -> tuple[MultiTaskModel, dict[str, Any]]:
    """Read a multi-task model in eval mode on the CPU, and its configuration.

    Raises UserError where a file is missing, unreadable or does not belong to the other.
    """
    config = read_config(path, MODEL_FORMAT)
    model = build_model(config)
    load_weights(model, path)
    return model.eval(), config


def load_student(path: str | Path) -> tuple[Student, dict[str, Any]]:
    """Read a bare student (stage 1) in eval mode, and its configuration; raises as load_model."""
    config = read_config(path, STUDENT_FORMAT)
    student = build_student(config)
    load_weights(student, path)
    return student.eval(), config


def read_config(path: str | Path, *formats: str) -> dict[str, Any]:
    """Return the configuration beside the weights at `path` once its digest and format agree.

    Raises UserError where they do not, or where its format is none of `formats`.
    """
    path = weights_in(path)
    beside = config_path(path)
    if not path.is_file():
        raise UserError(f"{path}: no such model file")
    if not beside.is_file():
        foreign = beside.with_name(HUB_CONFIG).exists()
        hint = f"; {HUB_CONFIG} is damaged, or of another project" if foreign else ""
        raise UserError(f"{beside}: the configuration that belongs beside {path} is missing{hint}")
    try:
        config = json.loads(beside.read_text())
        if beside.name == HUB_CONFIG:
            config = {key: config[key] for key in config if key not in HUB_KEYS}
        with safe_open(path, framework="pt") as file:
            written = (file.metadata() or {}).get(DIGEST)
    except ValueError as error:
        raise UserError(f"{beside}: not readable as JSON: {error}") from error
    except SafetensorError as error:
        raise UserError(f"{path}: not a readable safetensors file: {error}") from error
    if written != digest_of(config):
        raise UserError(f"{path}: model file does not belong to its configuration {beside}")
    if config.get("format") not in formats:
        wanted = " or ".join(map(repr, formats))
        raise UserError(f"{beside}: format is {config.get('format')!r}, not {wanted}")
    return config


def load_weights(module: nn.Module, path: str | Path, unused: Sequence[str] = ()) -> None:
    """Load a safetensors file into a module: every key and shape must fit.

    Position embeddings are resampled to the module's grid. Keys of the file that begin with one
    of `unused` may be left over. Raises UserError naming the file and the first key that is
    missing, left over or of another shape.
    """
    path = weights_in(path)
    if not path.is_file():
        raise UserError(f"{path}: no such weights file")
    try:
        state = load_file(path)
    except SafetensorError as error:
        raise UserError(f"{path}: not a readable safetensors file: {error}") from error
    load_state(module, state, str(path), unused)


def load_state(
    module: nn.Module, state: Mapping[str, Tensor], source: str, unused: Sequence[str] = ()
) -> None:
    """Load named tensors as `load_weights` does; `source` names them in errors."""
    own = module.state_dict()
    for key in own:
        if key not in state:
            raise UserError(f"{source}: weights do not fit the model: {key} is missing")
    for key in state:
        if key not in own and not key.startswith(tuple(unused)):
            raise UserError(f"{source}: weights do not fit the model: it has no {key}")
    fitted = {}
    for key, target in own.items():
        value = state[key]
        if key.endswith("pos_embed") and value.shape != target.shape:
            value = resample_positions(value, target, *_grid_of(module, key, target))
        if value is None or value.shape != target.shape:
            shapes = f"{tuple(state[key].shape)}, not {tuple(target.shape)}"
            raise UserError(f"{source}: weights do not fit the model: {key} is {shapes}")
        fitted[key] = value
    module.load_state_dict(fitted)


def _grid_of(module: nn.Module, key: str, target: Tensor) -> tuple[tuple[int, int], int]:
    """Return the patch grid of the ViT that owns the position embedding, and its prefix count."""
    if target.ndim == 4:
        return (target.shape[1], target.shape[2]), 0
    height, width = module.get_submodule(key.rpartition(".")[0]).patch_embed.grid_size
    return (height, width), target.shape[1] - height * width


def resample_positions(
    positions: Tensor, target: Tensor, grid: tuple[int, int], num_prefix: int
) -> Tensor | None:
    """Resample (1, prefix + n, D) or (1, h, w, D) position embeddings bicubically to `grid`.

    Not antialiased, as in the official code. Returns None where they cannot fit: another width,
    or a flat embedding of a grid that is not square.
    """
    if positions.ndim != target.ndim or positions.shape[-1] != target.shape[-1]:
        return None
    prefix, patches = None, positions
    if positions.ndim == 3:
        prefix, patches = positions[:, :num_prefix], positions[:, num_prefix:]
        side = math.isqrt(patches.shape[1])
        if side == 0 or side * side != patches.shape[1]:
            return None
        patches = patches.unflatten(1, (side, side))
    maps = patches.permute(0, 3, 1, 2).float()
    maps = F.interpolate(maps, size=grid, mode="bicubic", align_corners=False)
    patches = maps.permute(0, 2, 3, 1).to(positions.dtype)
    return patches if prefix is None else torch.cat([prefix, patches.flatten(1, 2)], dim=1)


def initialise_stem(student: Student, weights: str | Path) -> None:
    """Start the stem from a plain timm ViT: a safetensors file, or "hub" for timm's published one.

    The final norm and the classifier in the file are left over. Raises UserError as load_weights.
    """
    if weights != "hub":
        load_weights(student.vit, weights, unused=CLASSIFIER_KEYS)
        return
    config = student.config
    published = timm.create_model(config.model, pretrained=True, **config.model_args)
    load_state(student.vit, published.state_dict(), f"hub:{config.model}", CLASSIFIER_KEYS)
