"""Labelled data sets and views as params.yaml describes them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from polytask.data.labelled import MultiTaskDataset
from polytask.data.views import RandomResizedCrop, Size, ViewPolicy


@dataclass(frozen=True, kw_only=True)
class DatasetConfig:
    """One entry of `datasets`: where it lies, what it is labelled with, how it is judged.

    `layout` says how it lies there (`data.layouts.LAYOUTS`); `shrink` shows images that are larger
    than `image_size` smaller instead of refusing them; `edge_max_dist` is the tolerance of
    the boundary metric as a share of the image's diagonal, `protocols` maps tasks to how they are
    measured where it is not the default. `merged` says which of the `num_classes` each semantic
    class of the files counts as, 255 for none, where those are others.
    """

    root: str
    tasks: tuple[str, ...]
    num_classes: int
    image_size: Size
    train_split: str
    test_split: str
    edge_max_dist: float
    protocols: Mapping[str, str] = field(default_factory=dict)
    layout: str = "nyud"
    shrink: bool = False
    merged: tuple[int, ...] = ()

    def open(
        self, root: Path, split: str, policy: ViewPolicy | None = None, *,
        tasks: Sequence[str] | None = None, seed: int = 0, keep_in_memory: bool = False,
    ) -> MultiTaskDataset:  # fmt: skip
        """The images and labels of a split, all tasks or just `tasks`."""
        return MultiTaskDataset(
            root, split, self.tasks if tasks is None else tasks, self.num_classes, policy,
            self.image_size, layout=self.layout, seed=seed, keep_in_memory=keep_in_memory,
            shrink=self.shrink, merged=self.merged,
        )  # fmt: skip


def describe_views(policy: ViewPolicy, seed: int, image_size: Size) -> dict[str, Any]:
    """What decides about a view, as a feature index records it and a student compares it."""
    name = "random_resized_crop" if isinstance(policy, RandomResizedCrop) else "scale_and_crop"
    values = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(policy).items()}
    return {"policy": name, **values, "seed": seed, "image_size": list(image_size)}
