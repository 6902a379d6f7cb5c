"""The images of a task, as its decoder is trained and judged on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.argus.decoder import LabelSpace
from polytask.argus.persons import PersonCrops, PersonViews
from polytask.argus.tasks import VISION_TASKS
from polytask.data.catalogue import DatasetConfig
from polytask.data.labelled import MultiTaskDataset
from polytask.data.sampling import KeyedDataset
from polytask.data.views import ScaleAndCrop, Size


@dataclass(frozen=True, kw_only=True)
class TaskData:
    """A data set as one or more tasks of Argus look at it: `crop` is the size of a person's."""

    dataset: DatasetConfig
    crop: Size | None = None

    def open(
        self, root: Path, tasks: Sequence[str], *, train: bool, view: ScaleAndCrop | None = None,
        seed: int = 0, keep_in_memory: bool = False,
    ) -> tuple[KeyedDataset, LabelSpace]:  # fmt: skip
        """The images with the labels of `tasks`, which look at the same ones, and what they say."""
        labels = list(dict.fromkeys(VISION_TASKS[task].label for task in tasks))
        of_persons = self.crop is not None
        images = self.dataset.open(
            root, self.dataset.train_split if train else self.dataset.test_split,
            None if of_persons else view, tasks=["instances"] if of_persons else labels,
            seed=seed, keep_in_memory=keep_in_memory,
        )  # fmt: skip
        space = space_of(images, self.dataset)
        if not of_persons:
            return images, space
        return PersonCrops(images, self.crop, PersonViews() if train else None, seed), space


def space_of(images: MultiTaskDataset, config: DatasetConfig) -> LabelSpace:
    """What the labels of a data set can say."""
    return LabelSpace(
        classes=tuple(images.class_names or map(str, range(config.num_classes))),
        things=images.layout.things(),
        image_classes=images.layout.image_classes(),
        edge_max_dist=config.edge_max_dist,
        protocols=dict(config.protocols),
    )


def sample_of(batch: dict[str, Any], index: int) -> dict[str, Any]:
    """The labels of one image of a batch."""
    return {key: value[index] for key, value in batch.items()}
