"""The committee of teachers as one target: opened from the cache, or run beside the student."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.teachers.features import FeatureStore
from polytask.teachers.targets import CachedTargets, OnlineTargets, Statistics, measure


@dataclass(frozen=True, kw_only=True)
class CommitteeConfig:
    """Which teachers, in expert order, and how a student is shown what they say."""

    teachers: dict[str, TeacherConfig]
    targets: Literal["cached", "online"]
    standardise: bool


@dataclass(frozen=True)
class Committee:
    """`targets(batch)` gives every teacher's maps; `dims` are the teachers' widths."""

    targets: CachedTargets | OnlineTargets
    dims: dict[str, int]

    @property
    def statistics(self) -> dict[str, Statistics] | None:
        """What features are standardised by, per teacher and level; None where they are not."""
        return self.targets.known_statistics

    def as_they_say(self) -> CachedTargets | OnlineTargets:
        """The same targets, not standardised."""
        return self.targets.unscaled()


def open_committee(
    config: CommitteeConfig,
    files: Sequence[Path],
    views: Mapping[str, Any],
    sample_batches: Callable[[], Iterator[Mapping[str, Any]]],
    device: torch.device,
    autocast_dtype: torch.dtype | None,
) -> Committee:
    """Open what distillation reads: `files` begin with one feature index per teacher when cached.

    Online teachers that are to be standardised are measured on `sample_batches()` first. Raises
    UserError where a cache is missing or was made from other views.
    """
    if config.targets == "cached":
        stores = dict(zip(config.teachers, map(FeatureStore, files), strict=False))
        dims = {name: store.shapes[0][0] for name, store in stores.items()}
        return Committee(CachedTargets(stores, standardise=config.standardise, views=views), dims)
    teachers = open_teachers(config.teachers, device, autocast_dtype)
    statistics = None
    if config.standardise:
        statistics = {
            name: measure(teacher, ({"image": b["image"].to(device)} for b in sample_batches()))
            for name, teacher in teachers.items()
        }
    dims = {name: teacher.dim for name, teacher in teachers.items()}
    return Committee(OnlineTargets(teachers, statistics), dims)


def open_teachers(
    configs: Mapping[str, TeacherConfig], device: torch.device, autocast_dtype: torch.dtype | None
) -> dict[str, FrozenTeacher]:
    """Every teacher of `configs`, frozen, on `device`."""
    return {
        name: FrozenTeacher(config, autocast_dtype).to(device) for name, config in configs.items()
    }
