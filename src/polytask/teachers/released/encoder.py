"""A released encoder as an entry of `teachers`, and how a converter takes tensors from a file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from polytask.errors import UserError


@dataclass(frozen=True, kw_only=True)
class ReleasedEncoder:
    """Which model of timm it is, its tensors there, and what of the file it has no use for."""

    model: str
    model_args: dict[str, Any]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    weights: dict[str, Tensor]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Tensors:
    """The tensors of one file; `source` names it in errors."""

    source: str
    named: Mapping[str, Tensor]

    def __getitem__(self, name: str) -> Tensor:
        if name not in self.named:
            raise UserError(f"{self.source}: {name} is missing")
        return self.named[name]

    def shaped(self, name: str, *shape: int | None) -> Tensor:
        """The tensor `name`; raises UserError unless its shape is `shape`, None any length."""
        found = tuple(self[name].shape)
        if len(found) != len(shape) or any(
            wanted not in (None, side) or not side
            for side, wanted in zip(found, shape, strict=True)
        ):
            raise UserError(f"{self.source}: {name} is {found}, not {shape}".replace("None", "n"))
        return self[name]

    def side(self, name: str, length: int) -> int:
        """The side of a square of `length` places of the tensor `name`; UserError if it is none."""
        side = round(length**0.5)
        if side == 0 or side * side != length:
            raise UserError(f"{self.source}: {name} has {length} places, which make no square")
        return side

    def width_among(self, name: str, width: int, known: Iterable[int]) -> None:
        """Raise UserError unless `width`, that of the tensor `name`, is one of a released model."""
        if width not in known:
            widths = ", ".join(map(str, known))
            raise UserError(f"{self.source}: {name} is {width} wide, not {widths}")


def num_blocks(names: Iterable[str], prefix: str) -> int:
    """The number of different words that follow `prefix` in the names."""
    return len({n.removeprefix(prefix).partition(".")[0] for n in names if n.startswith(prefix)})
