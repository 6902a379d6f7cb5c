"""A nested state in one safetensors file: tensors as they are, all else as JSON in its header.

Nothing is pickled. The file appears at once, and a checksum tells a damaged one.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from polytask.disk import replacing

FORMAT = "polytask.checkpoint/1"

State = dict[str, Any]
"""Dictionaries, lists and tuples of tensors, numbers, strings, booleans and None, however deep."""


class Unreadable(ValueError):
    """A state file that is damaged, or is none; the message says what is wrong."""


def write_state(path: Path, state: State, identity: str) -> None:
    """Write `state` to `path`, at once and safe against a power cut, and say whose it is.

    Raises OSError where the disk refuses; an earlier file at `path` then stays as it was.
    """
    tensors: dict[str, Tensor] = {}
    text = json.dumps(_encoded(state, "", tensors))
    tensors = _in_memory(tensors)
    metadata = {"format": FORMAT, "identity": identity, "state": text}
    metadata["crc32"] = _checksum(identity + text, tensors)
    try:
        with replacing(path) as partial:
            save_file(tensors, partial, metadata=metadata)
    except SafetensorError as error:  # how its library says that the disk is full
        raise OSError(str(error)) from error


def read_state(path: Path) -> tuple[State, str]:
    """The state in `path` and its identity; raises Unreadable for a file that is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise Unreadable(f"it cannot be read ({error})") from error
    if metadata.get("format") != FORMAT:
        raise Unreadable(f"its format is {metadata.get('format')!r}, not {FORMAT!r}")
    identity, text = metadata.get("identity", ""), metadata.get("state", "")
    if _checksum(identity + text, tensors) != metadata.get("crc32"):
        raise Unreadable("its contents do not have the checksum that it names")
    return _decoded(json.loads(text), tensors), identity


def _in_memory(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors as the format wants them: on the CPU, in order, none sharing memory."""
    found: dict[str, Tensor] = {}
    storages: set[int] = set()
    for key, tensor in tensors.items():
        value = tensor.detach().cpu().contiguous()
        storage = value.untyped_storage().data_ptr()
        found[key] = value.clone() if storage in storages else value
        storages.add(storage)
    return found


def _checksum(text: str, tensors: Mapping[str, Tensor]) -> str:
    total = zlib.crc32(text.encode())
    for key, tensor in sorted(tensors.items()):
        total = zlib.crc32(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode(), total)
        total = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy(), total)
    return f"{total:08x}"


def _encoded(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """`value` as JSON can hold it; its tensors go to `tensors` under their key path."""
    if isinstance(value, Tensor):
        if path in tensors:
            raise ValueError(f"two tensors of a state are both called {path}")
        tensors[path] = value
        return {"tensor": path}
    if isinstance(value, Mapping):
        return {"mapping": [[key, _encoded(value[key], _at(path, key), tensors)] for key in value]}
    if isinstance(value, list | tuple):
        items = [_encoded(item, _at(path, n), tensors) for n, item in enumerate(value)]
        return {"tuple": items} if isinstance(value, tuple) else items
    return value


def _decoded(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return _all(value, tensors)
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "tuple":
        return tuple(_all(content, tensors))
    return {key: _decoded(item, tensors) for key, item in content}


def _all(values: Iterable[Any], tensors: Mapping[str, Tensor]) -> list[Any]:
    return [_decoded(value, tensors) for value in values]


def _at(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)
