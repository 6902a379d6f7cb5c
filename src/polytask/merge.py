"""Merge model files without the DAG: this project's models with their heads, or plain timm ones."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from polytask.disk import replacing, sha256_of
from polytask.errors import UserError
from polytask.merging.files import WeightsFile
from polytask.merging.methods import Method
from polytask.models.files import WEIGHTS, config_path, save_model, weights_in
from polytask.united import United

REPORT = "merge.json"


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
    if all(config_path(file).is_file() for file in files):
        united = United(files, base)
        merged = method(united.base, united.encoders)
        save_model(result, united.network(merged), united.config)
    else:
        _save(result, method(WeightsFile(base), [WeightsFile(file) for file in files]))
    sources = [{"path": str(file), "sha256": sha256_of(file)} for file in (base, *files)]
    report = {**description, "base": sources[0], "models": sources[1:]}
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n")
    return result


def _save(path: Path, state: Mapping[str, Tensor]) -> None:
    """Write a state dict, whole or not at all."""
    with replacing(path) as partial:
        save_file({key: value.contiguous() for key, value in state.items()}, partial)
