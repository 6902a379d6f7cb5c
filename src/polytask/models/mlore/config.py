"""What a MLoRE decoder is built from."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from polytask.errors import UserError, advice


@dataclass(frozen=True, kw_only=True)
class MloreConfig:
    """The decoder's sizes; raises UserError for a value outside its range.

    `width` channels inside; an expert per entry of `ranks`, of which an image takes `top_k` for a
    task; `task_rank` of each task's own expert. `renormalise` makes the gates of the chosen ones
    sum to one, else they keep their share among all. `num_modules` stand in a row on each level.
    Routers weigh positions on a grid of `positions` (h, w), resampled to that of the image.
    """

    width: int
    ranks: tuple[int, ...]
    task_rank: int
    top_k: int
    renormalise: bool
    num_modules: int
    positions: tuple[int, int]

    def __post_init__(self) -> None:
        for name in ("ranks", "positions"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.width < 4:
            raise UserError(f"mlore width: {self.width} is not 4 or more")
        for name in ("task_rank", "num_modules"):
            if (value := getattr(self, name)) < 1:
                raise UserError(f"mlore {name}: {value} is not 1 or more")
        for name in ("ranks", "positions"):
            values = getattr(self, name)
            if not values or min(values) < 1:
                raise UserError(f"mlore {name}: {list(values)} are not all 1 or more")
        if not 1 <= self.top_k <= len(self.ranks):
            raise UserError(f"mlore top_k: {self.top_k} is not in 1..{len(self.ranks)}, the ranks")


def read_mlore(values: Mapping[str, Any] | None) -> MloreConfig:
    """The decoder of a model file; raises UserError for an unknown or missing key."""
    if values is None:
        raise UserError("head 'mlore': the key 'mlore', its sizes, is missing")
    known = [field.name for field in fields(MloreConfig)]
    if unknown := sorted(values.keys() - set(known)):
        raise UserError(f"mlore: unknown key {unknown[0]!r}; {advice(unknown[0], known)}")
    if missing := [name for name in known if name not in values]:
        raise UserError(f"mlore: the key {missing[0]!r} is missing")
    return MloreConfig(**values)
