"""An official checkpoint of SAK as a model of this project: the same tensors under our names."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from torch import Tensor, nn

from polytask.disk import replacing, sha256_of
from polytask.errors import UserError
from polytask.models.files import MODEL_FORMAT, WEIGHTS, config_path, save_model
from polytask.models.multitask import build_model, build_student
from polytask.official.checkpoint import Checkpoint, read_checkpoint
from polytask.official.layout import describe, official_name

REPORT = "import.json"


def import_sak(
    checkpoint: Path,
    out: Path,
    *,
    image_size: tuple[int, int] | None = None,
    teachers: Sequence[str] | None = None,
) -> Path:
    """Write a checkpoint of SAK, stage 1 or 2, as a model into the folder `out`; returns the file.

    In evaluation mode it gives what the official model gives for the same images. `image_size`
    (H, W) and `teachers` (expert order) are needed only where the file leaves them open. Raises
    UserError, before anything is written, where a tensor is missing, left over or of another
    shape, and for an `out` that holds a model.
    """
    result = out / WEIGHTS
    if result.exists() or config_path(result).exists():
        raise UserError(f"{result}: exists; name another folder")
    found = read_checkpoint(checkpoint)
    config = describe(found, image_size, teachers)
    model = build_model(config) if config["format"] == MODEL_FORMAT else build_student(config)
    model.load_state_dict(renamed(model, found))
    try:
        save_model(result, model, config)
        with replacing(out / REPORT) as partial:
            partial.write_text(json.dumps(origin(found), indent=1) + "\n")
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{out}: cannot be written to: {reason}") from error
    return result


def renamed(model: nn.Module, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Return the tensors under the names that they have in `model`.

    Raises UserError naming the first that is missing, left over or of another shape, as the
    official code calls it.
    """
    own = {official_name(key): (key, value) for key, value in model.state_dict().items()}
    for name in own:
        if name not in checkpoint.tensors:
            raise UserError(f"{checkpoint.path}: {name} is missing")
    for name in checkpoint.tensors:
        if name not in own:
            raise UserError(f"{checkpoint.path}: {name} has no place in this SAK")
    for name, (_, value) in own.items():
        shape = tuple(checkpoint.tensors[name].shape)
        if shape != tuple(value.shape):
            raise UserError(f"{checkpoint.path}: {name} is {shape}, not {tuple(value.shape)}")
    return {key: checkpoint.tensors[name] for name, (key, _) in own.items()}


def origin(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what import.json says: which file it was, how far trained, what was left out."""
    return {
        "checkpoint": str(checkpoint.path),
        "sha256": sha256_of(checkpoint.path),
        **checkpoint.progress,
        "left_out": list(checkpoint.left_out),
    }
