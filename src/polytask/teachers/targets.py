"""What a student is to match at each step: teachers' features, from the cache or computed now.

Both kinds are functions of a batch and return {teacher: [(B,D,h,w) float32 per level]}.
Shapes: B images, D width of the teacher, h w patches.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.models.inputs import model_images
from polytask.teachers.encoder import FrozenTeacher
from polytask.teachers.features import FeatureStore, LevelStatistics

Targets = dict[str, list[Tensor]]
Statistics = Sequence[Mapping[str, Any]]
SMALLEST_STD = 1e-3
"""Lower bound of a channel's std, so that a dead channel is not blown up."""


def standardised(features_BDhw: Tensor, statistics: Mapping[str, Any]) -> Tensor:
    """Bring every channel to mean 0 and std 1 with the `mean` and `std` (D values) of a level.

    Differs from the official code, which distils unscaled features.
    """
    mean, std = (
        torch.as_tensor(statistics[name], dtype=torch.float32, device=features_BDhw.device)
        for name in ("mean", "std")
    )
    return (features_BDhw - mean[:, None, None]) / std.clamp_min(SMALLEST_STD)[:, None, None]


class CachedTargets:
    """Targets read from feature stores by the batch's `index` and `view`.

    Raises UserError where the stores hold views drawn otherwise than `views` says (policy, seed).
    """

    def __init__(
        self,
        stores: Mapping[str, FeatureStore],
        *,
        standardise: bool = False,
        views: Mapping[str, Any] | None = None,
    ) -> None:
        self.stores, self.standardise = dict(stores), standardise
        for store in self.stores.values():
            if views is not None and dict(store.views) != dict(views):
                raise UserError(
                    f"{store.path}: its views were drawn with {dict(store.views)}, the student's "
                    f"are drawn with {dict(views)}; cache anew"
                )

    @property
    def known_statistics(self) -> dict[str, Statistics] | None:
        """What the maps are standardised by."""
        stores = self.stores.items()
        return {name: store.statistics for name, store in stores} if self.standardise else None

    def unscaled(self) -> "CachedTargets":
        """The same targets as they were cached."""
        return CachedTargets(self.stores)

    def __call__(self, batch: Mapping[str, Any]) -> Targets:
        device = batch["image"].device
        samples = list(zip(_integers(batch["index"]), _integers(batch["view"]), strict=True))
        targets: Targets = {}
        for name, store in self.stores.items():
            rows = [store.read(index, view) for index, view in samples]
            levels = [torch.from_numpy(np.stack(level)) for level in zip(*rows, strict=True)]
            maps = [_as_a_student_writes_it(level.to(device)) for level in levels]
            targets[name] = _scaled(maps, store.statistics if self.standardise else None)
        return targets


class OnlineTargets:
    """Targets computed by the teachers from the batch's images.

    With `statistics` (per teacher and level, as a store's or `measure`'s) they are standardised.
    """

    def __init__(
        self,
        teachers: Mapping[str, FrozenTeacher],
        statistics: Mapping[str, Statistics] | None = None,
    ) -> None:
        self.teachers, self.statistics = dict(teachers), statistics

    @property
    def known_statistics(self) -> dict[str, Statistics] | None:
        """What the maps are standardised by."""
        return None if self.statistics is None else dict(self.statistics)

    def unscaled(self) -> "OnlineTargets":
        """The same targets as the teachers say them."""
        return OnlineTargets(self.teachers)

    def __call__(self, batch: Mapping[str, Any]) -> Targets:
        images = model_images(batch["image"])
        return {
            name: _scaled(teacher(images), self.statistics and self.statistics[name])
            for name, teacher in self.teachers.items()
        }


def measure(teacher: FrozenTeacher, batches: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Statistics per level over the images of some batches, for a teacher that is not cached."""
    statistics = [LevelStatistics() for _ in teacher.levels]
    for batch in batches:
        maps = teacher(model_images(batch["image"]))
        for level, features in zip(statistics, maps, strict=True):
            level.add(features.cpu().numpy())
    return [level.result() for level in statistics]


def _as_a_student_writes_it(features_BDhw: Tensor) -> Tensor:
    """float32 in the memory order of a student's maps, token after token: losses run faster."""
    return features_BDhw.to(torch.float32, memory_format=torch.channels_last)


def _scaled(maps: list[Tensor], statistics: Statistics | None) -> list[Tensor]:
    if statistics is None:
        return maps
    return [standardised(level, s) for level, s in zip(maps, statistics, strict=True)]


def _integers(values: Tensor | Sequence[int]) -> list[int]:
    return values.tolist() if isinstance(values, Tensor) else [int(value) for value in values]
