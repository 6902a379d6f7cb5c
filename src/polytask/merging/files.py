"""State dicts in safetensors files, read tensor by tensor."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from polytask.errors import UserError


class WeightsFile(Mapping[str, Tensor]):
    """The tensors of a safetensors file; each is read when it is asked for, and not kept.

    Raises UserError for a file that is missing or of another kind: nothing is ever unpickled.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UserError(f"{path}: no such weights file")
        try:
            self.file = safe_open(path, framework="pt")
        except SafetensorError as error:
            raise UserError(f"{path}: not a readable safetensors file: {error}") from error
        self.names = dict.fromkeys(self.file.keys())

    def __getitem__(self, key: str) -> Tensor:
        if key not in self.names:
            raise KeyError(key)
        return self.file.get_tensor(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


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
