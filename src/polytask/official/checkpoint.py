"""Checkpoints of other code as tensors by name, out of .pth files or safetensors.

A .pth file is a pickle, which may hold any program. Only torch's restricted reader
(`weights_only`) looks at it: that makes tensors and plain values, and refuses all else.
"""

import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from polytask.errors import UserError

STATE = "model"
"""Where a training of the official code keeps the state dict, beside optimiser and schedule."""
WRAPPER = "module."
"""How every name begins in the state dict of a DistributedDataParallel."""
PROGRESS = ("epoch", "iter_count")
ASK = "ask whoever made it for the state dict alone, as safetensors (docs/official-weights.md)"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The tensors of one model; `ordered` says that they come in the model's own order.

    `progress` is how far its training was, `left_out` what else the file holds.
    """

    path: Path
    tensors: dict[str, Tensor]
    ordered: bool
    progress: dict[str, int]
    left_out: tuple[str, ...]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a .pth file or safetensors; the tensors of the former stay on the disk until used.

    The state dict is the whole file or lies under "model". Raises UserError, one line, for a file
    that is missing, unreadable, needs unpickling, or holds no such state dict.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such checkpoint")
    ordered = path.suffix != ".safetensors"
    content = _parsed(path) if ordered else _safetensors(path)
    whole = isinstance(content, Mapping) and STATE not in content
    beside = {} if whole or not isinstance(content, Mapping) else {**content}
    return Checkpoint(
        path=path,
        tensors=_tensors(path, beside.pop(STATE, content)),
        ordered=ordered,
        progress={key: beside[key] for key in PROGRESS if isinstance(beside.get(key), int)},
        left_out=tuple(str(key) for key in beside if key not in PROGRESS),
    )


def _tensors(path: Path, state: Any) -> dict[str, Tensor]:
    """Return a state dict without the wrapper of its names, once it is one."""
    if not isinstance(state, Mapping) or not state:
        raise UserError(f"{path}: holds no state dict, alone or under {STATE!r}")
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            kind = type(value).__name__
            raise UserError(
                f"{path}: {name!r} is no named tensor ({kind}); the state dict must be the whole "
                f"file or lie under {STATE!r}"
            )
    wrapped = all(name.startswith(WRAPPER) for name in state)
    return {name.removeprefix(WRAPPER) if wrapped else name: state[name] for name in state}


def _parsed(path: Path) -> Any:
    """Return what a .pth file holds; nothing in it is run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except Exception as error:  # whatever a file that is no checkpoint makes its reader raise
        if found := re.search(r"GLOBAL (\S+)", str(error)):
            raise UserError(
                f"{path}: holds {found[1]}, not only tensors, and is not unpickled; {ASK}"
            ) from None
        raise UserError(
            f"{path}: not a readable PyTorch checkpoint: fetch it again, or {ASK}"
        ) from None


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(f"{path}: not a readable safetensors file: {error}") from None
