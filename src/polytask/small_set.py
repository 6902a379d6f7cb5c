"""The small multi-task set that merged models are re-aligned on, and how it is trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.data.catalogue import DatasetConfig, describe_views
from polytask.data.labelled import MultiTaskDataset
from polytask.data.views import ScaleAndCrop
from polytask.losses.multitask import LossConfig
from polytask.training.config import FitConfig
from polytask.training.repetition import seed_of
from polytask.training.runtime import RuntimeConfig


@dataclass(frozen=True, kw_only=True)
class SmallSetConfig:
    """Which split, seen in how many views of an image, by which losses and for how long."""

    seed: int
    runtime: RuntimeConfig
    dataset: DatasetConfig
    split: str
    losses: LossConfig
    num_views: int
    view: ScaleAndCrop
    fit: FitConfig
    repetition: int = 0

    @property
    def training_seed(self) -> int:
        """Of initial weights and of the order of images."""
        return seed_of(self.seed, self.repetition)

    def open(self, labelled: Path, tasks: Sequence[str] | None = None) -> MultiTaskDataset:
        """The views of the split with the labels of `tasks` (default: all)."""
        return self.dataset.open(
            labelled, self.split, self.view, tasks=tasks, seed=self.seed,
            keep_in_memory=self.fit.num_workers == 0,
        )  # fmt: skip

    def views(self) -> dict[str, Any]:
        """How the views are drawn, as a feature index records it."""
        return describe_views(self.view, self.seed, self.dataset.image_size)
