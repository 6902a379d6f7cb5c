"""State dicts in safetensors files, read tensor by tensor."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from polytask.errors import UserError

MAPPED = 1 << 25
"""Bytes that are read through one opening of a file, which keeps what was read in memory."""


class WeightsFile(Mapping[str, Tensor]):
    """The tensors of a safetensors file; each is read when it is asked for, and not kept.

    Raises UserError for a file that is missing or of another kind: nothing is ever unpickled.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UserError(f"{path}: no such weights file")
        self.path = path
        self._open()
        self.names = dict.fromkeys(self.file.keys())

    def __getitem__(self, key: str) -> Tensor:
        if key not in self.names:
            raise KeyError(key)
        if self.num_read >= MAPPED:
            self._open()
        tensor = self.file.get_tensor(key)
        self.num_read += tensor.nbytes
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def _open(self) -> None:
        try:
            self.file, self.num_read = safe_open(self.path, framework="pt"), 0
        except SafetensorError as error:
            raise UserError(f"{self.path}: not a readable safetensors file: {error}") from error


class Part(Mapping[str, Tensor]):
    """The tensors of `weights` whose keys begin with `prefix`, without it."""

    def __init__(self, weights: Mapping[str, Tensor], prefix: str) -> None:
        self.weights, self.prefix = weights, prefix
        found = (key for key in weights if key.startswith(prefix))
        self.names = {key.removeprefix(prefix): key for key in found}

    def __getitem__(self, key: str) -> Tensor:
        return self.weights[self.names[key]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
