"""Labelled images of any layout as typed samples, the same for every data set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from polytask.data.geometry import apply
from polytask.data.layout import Layout, read
from polytask.data.layouts import open_layout
from polytask.data.merged_classes import MergedClasses
from polytask.data.objects import Objects, without_slivers
from polytask.data.sampling import Key, as_sample, split_key
from polytask.data.views import Size, View, ViewPolicy, shrunk_view, whole_view
from polytask.errors import UserError
from polytask.tasks import TASKS

COMPANIONS = {"anomaly": ("anomaly_mask", "category")}
"""Labels that come along with another, as that is measured with them."""


class MultiTaskDataset:
    """Images and the labels of `tasks`, by key (index, view); also the images alone (no tasks).

    Besides dense tasks these may be "instances", "panoptic" and "image_class".

    View None, or no policy, is the image at its own scale, padded to `image_size` (height, width).
    Views are the same whatever the tasks: a policy that looks at classes gets them where they are
    there. `keep_in_memory` decodes every file once. `shrink` shows images that are larger than
    `image_size` smaller, with their labels, where they are refused else; depth would change with
    it. `merged` says what each semantic class of the files counts as (data.merged_classes). Raises
    UserError where files are missing.
    """

    def __init__(
        self, root: Path | str, split: str, tasks: Sequence[str], num_classes: int,
        view_policy: ViewPolicy | None, image_size: Size, *,
        layout: str = "nyud", seed: int = 0, keep_in_memory: bool = False, shrink: bool = False,
        merged: Sequence[int] = (),
    ) -> None:  # fmt: skip
        if shrink and "depth" in tasks:
            raise UserError(f"{root}: `shrink` is not for depth; drop one of them")
        self.layout = open_layout(layout, root)
        self.tasks, self.num_classes = _with_companions(tasks), num_classes
        self.merged = MergedClasses(merged, num_classes) if merged else None
        self.view_policy, self.image_size, self.seed = view_policy, tuple(image_size), seed
        self.whole_view = shrunk_view if shrink else whole_view
        self.ids = self.layout.ids(split)
        self.image_files = [self.layout.image(name) for name in self.ids]
        self.of_image = tuple(task for task in self.tasks if _of_image(self.layout, task))
        self.label_files = {
            task: _labels(self.layout, task, self.ids)
            for task in self.tasks
            if task not in self.of_image
        }
        self.guide = self._guide()
        self.class_names = self._class_names()
        self.memory: dict[int, tuple] | None = {} if keep_in_memory else None

    def _guide(self) -> list[tuple[str, ...]] | None:
        """The segmentation files that the policy looks at, if it does and they are there."""
        if self.view_policy is None or not self.view_policy.uses_label:
            return None
        try:
            return _labels(self.layout, "semseg", self.ids)
        except UserError:
            return None

    def _class_names(self) -> list[str] | None:
        if self.merged is None:
            return self.layout.class_names(self.num_classes)
        return self.merged.names(self.layout.class_names(len(self.merged)))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, key: Key) -> dict[str, Any]:
        index, number = split_key(key)
        image, labels, guide = self._load(index)
        view = self._view(index, number, image, guide)
        sample = apply(view, image, labels, self.image_size, self.of_image)
        if number is not None and self.view_policy is not None:
            sample = {name: _learnable(values) for name, values in sample.items()}
        return as_sample(sample, index, number)

    def view(self, index: int, number: int | None) -> View:
        """The view that the sample (index, number) shows."""
        image, _, guide = self._load(index)
        return self._view(index, number, image, guide)

    def image_hw(self, index: int) -> Size:
        """Height and width of an image in its file."""
        image = self._load(index)[0]
        return image.height, image.width

    def _view(
        self, index: int, number: int | None, image: Image.Image, guide: np.ndarray | None
    ) -> View:
        image_hw = (image.height, image.width)
        if number is not None and self.view_policy is not None:
            return self.view_policy.draw(self.seed, index, number, image_hw, self.image_size, guide)
        try:
            return self.whole_view(image_hw, self.image_size)
        except ValueError:
            raise UserError(
                f"{self.layout.tree.root}/{self.image_files[index]}: the image is {image.height} x "
                f"{image.width}, larger than `image_size` {list(self.image_size)}"
            ) from None

    def _load(
        self, index: int
    ) -> tuple[Image.Image, dict[str, np.ndarray | Objects], np.ndarray | None]:
        if self.memory is not None and index in self.memory:
            return self.memory[index]
        image = self.layout.decode_image(*read(self.layout.tree, [self.image_files[index]]))
        labels = {t: self._label(t, files[index], image) for t, files in self.label_files.items()}
        guide = labels.get("semseg")
        if guide is None and self.guide is not None:
            guide = self._label("semseg", self.guide[index], image)
        if self.memory is not None:
            self.memory[index] = (image, labels, guide)
        return image, labels, guide

    def _label(self, task: str, files: Sequence[str], image: Image.Image) -> np.ndarray | Objects:
        sources = read(self.layout.tree, files)
        image_hw = (image.height, image.width)
        if self.merged is None or task != "semseg":
            return self.layout.decode_label(task, sources, self.num_classes, image_hw)
        return self.merged(self.layout.decode_label(task, sources, len(self.merged), image_hw))


def _with_companions(tasks: Sequence[str]) -> tuple[str, ...]:
    """The labels asked for, each once, and those that come with them."""
    return tuple(
        dict.fromkeys(label for task in tasks for label in (task, *COMPANIONS.get(task, ())))
    )


def _of_image(layout: Layout, task: str) -> bool:
    """Whether a task's labels are made of the image: of those that may be, the layout has none."""
    return task in TASKS and bool(TASKS[task].of_image) and task not in layout.labelled_of_image


def _labels(layout: Layout, task: str, ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The label files of every id; raises UserError naming the task and the first one missing."""
    try:
        return [layout.labels(task, name) for name in ids]
    except UserError as error:
        raise UserError(f"task {task!r} lacks labels: {error}; drop it from `tasks`") from None


def _learnable(values: np.ndarray | Objects) -> np.ndarray | Objects:
    """A label of a training view, without the objects of which the view shows next to nothing."""
    return without_slivers(values) if isinstance(values, Objects) else values
