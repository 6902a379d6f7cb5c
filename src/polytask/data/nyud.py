"""Labelled images in the NYUD-v2 layout: the real data set and everything written like it.

images/{id}.png|jpg, segmentation/, human_parts/, sal/, edge/, normals/, depth/ (see labels.py),
gt_sets/{split}.txt with one id per line; optionally classes.json, the class names under "classes".
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from polytask.data.geometry import apply
from polytask.data.images import SUFFIXES, decode_image
from polytask.data.labels import LABEL_FILES, decode_label
from polytask.data.sampling import Key, as_sample, split_key
from polytask.data.tree import FileTree, open_tree
from polytask.data.views import Size, View, ViewPolicy, whole_view
from polytask.errors import UserError


class Layout:
    """The names in a tree of the NYUD-v2 layout, at its root or in its one folder."""

    def __init__(self, tree: FileTree, prefix: str, splits: list[str]) -> None:
        self.tree, self.prefix, self.splits = tree, prefix, splits

    @classmethod
    def find(cls, tree: FileTree) -> "Layout | None":
        """The layout of `tree`, or None where no gt_sets/*.txt is there."""
        lists: dict[str, list[str]] = {}
        for name in tree.names():
            *folders, file = name.split("/")
            if file.endswith(".txt") and len(folders) in (1, 2) and folders[-1] == "gt_sets":
                prefix = "/".join((*folders[:-1], ""))
                lists.setdefault(prefix, []).append(file.removesuffix(".txt"))
        return cls(tree, *min(lists.items())) if lists else None

    def ids(self, split: str) -> list[str]:
        """The ids of a split, in file order; raises UserError where it is missing or empty."""
        if split not in self.splits:
            raise UserError(
                f"{self.tree.root}: no split {split!r}; gt_sets has {', '.join(self.splits)}"
            )
        lines = self.tree.read(f"{self.prefix}gt_sets/{split}.txt").decode().splitlines()
        ids = [line.strip() for line in lines if line.strip()]
        if not ids:
            raise UserError(f"{self.tree.root}: gt_sets/{split}.txt lists no images")
        return ids

    def image(self, name: str) -> str:
        """The file of one image; raises UserError where there is none."""
        return self._file("images", name, SUFFIXES)

    def label(self, task: str, name: str) -> str:
        """The file of one label; raises UserError where there is none."""
        return self._file(LABEL_FILES[task].folder, name, LABEL_FILES[task].suffixes)

    def _file(self, folder: str, name: str, suffixes: Sequence[str]) -> str:
        stem = f"{self.prefix}{folder}/{name}"
        for suffix in suffixes:
            if stem + suffix in self.tree:
                return stem + suffix
        raise UserError(f"{self.tree.root}: has no {stem}{' or '.join(suffixes)}")


class MultiTaskDataset:
    """Images and the labels of `tasks`, by key (index, view); also the images alone (no tasks).

    View None, or no policy, is the image at its own scale, padded to `image_size` (height, width).
    Views are the same whatever the tasks: a policy that looks at classes gets them where they are
    there. `keep_in_memory` decodes every file once. Raises UserError where files are missing.
    """

    def __init__(
        self, root: Path | str, split: str, tasks: Sequence[str], num_classes: int,
        view_policy: ViewPolicy | None, image_size: Size, *,
        seed: int = 0, keep_in_memory: bool = False,
    ) -> None:  # fmt: skip
        self.tree = open_tree(root)
        layout = Layout.find(self.tree)
        if layout is None:
            raise UserError(f"{root}: not in the NYUD-v2 layout (no gt_sets/{split}.txt)")
        self.tasks, self.num_classes = tuple(tasks), num_classes
        self.view_policy, self.image_size, self.seed = view_policy, tuple(image_size), seed
        self.ids = layout.ids(split)
        self.image_files = [layout.image(name) for name in self.ids]
        self.label_files = {task: _labels(layout, task, self.ids) for task in self.tasks}
        self.guide = self._guide(layout)
        self.class_names = _class_names(layout)
        self.memory: dict[int, tuple] | None = {} if keep_in_memory else None

    def _guide(self, layout: Layout) -> list[str] | None:
        """The segmentation files that the policy looks at, if it does and they are there."""
        if self.view_policy is None or not self.view_policy.uses_label:
            return None
        try:
            return _labels(layout, "semseg", self.ids)
        except UserError:
            return None

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, key: Key) -> dict[str, Any]:
        index, number = split_key(key)
        image, labels, guide = self._load(index)
        view = self._view(index, number, image, guide)
        return as_sample(apply(view, image, labels, self.image_size), index, number)

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
            return whole_view(image_hw, self.image_size)
        except ValueError:
            raise UserError(
                f"{self._path(self.image_files[index])}: the image is {image.height} x "
                f"{image.width}, larger than `image_size` {list(self.image_size)}"
            ) from None

    def _load(self, index: int) -> tuple[Image.Image, dict[str, np.ndarray], np.ndarray | None]:
        if self.memory is not None and index in self.memory:
            return self.memory[index]
        file = self.image_files[index]
        image = decode_image(self.tree.read(file), self._path(file))
        labels = {t: self._label(t, files[index], image) for t, files in self.label_files.items()}
        guide = labels.get("semseg")
        if guide is None and self.guide is not None:
            guide = self._label("semseg", self.guide[index], image)
        if self.memory is not None:
            self.memory[index] = (image, labels, guide)
        return image, labels, guide

    def _label(self, task: str, file: str, image: Image.Image) -> np.ndarray:
        image_hw = (image.height, image.width)
        data = self.tree.read(file)
        return decode_label(task, data, self._path(file), self.num_classes, image_hw)

    def _path(self, file: str) -> str:
        return f"{self.tree.root}/{file}"


def _labels(layout: Layout, task: str, ids: Sequence[str]) -> list[str]:
    """The label file of every id; raises UserError naming the task and the first one missing."""
    if task not in LABEL_FILES:
        raise UserError(f"unknown task {task!r}; there are {', '.join(LABEL_FILES)}")
    try:
        return [layout.label(task, name) for name in ids]
    except UserError as error:
        raise UserError(f"task {task!r} lacks labels: {error}; drop it from `tasks`") from None


def _class_names(layout: Layout) -> list[str] | None:
    name = f"{layout.prefix}classes.json"
    if name not in layout.tree:
        return None
    try:
        return [str(item) for item in json.loads(layout.tree.read(name))["classes"]]
    except (ValueError, KeyError, TypeError):
        raise UserError(
            f'{layout.tree.root}/{name}: must be JSON with the names as a list under "classes"'
        ) from None
