"""ImageNet-1k in folders: {train,val}/{wnid}/*.JPEG; photos without dense labels."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Self

import numpy as np

from polytask.data.images import is_photo
from polytask.data.layout import ImageFiles, Source, first_tree, known_split
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError

PHOTO = re.compile(r"((?:[^/]+/)?)(train|val)/(?:n\d{8}/)?[^/]+\.JPEG", re.IGNORECASE)


class ImageNetLayout(ImageFiles):
    """The names in a tree of ImageNet, at its root or in its one folder.

    Ids are the files' names in the tree. Photos that lie in no wnid's folder count too.
    """

    title = "ImageNet-1k"
    sign = "{train,val}/n*/*.JPEG"

    def __init__(self, tree: FileTree, prefix: str, splits: list[str]) -> None:
        self.tree, self.prefix, self.splits = tree, prefix, splits

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found = first_tree(tree, PHOTO)
        return cls(tree, *found) if found else None

    def ids(self, split: str) -> list[str]:
        known_split(self.tree, split, self.splits)
        names, folder = self.tree.names(), f"{self.prefix}{split}"
        start, end = bisect_left(names, f"{folder}/"), bisect_left(names, f"{folder}0")
        return [name for name in names[start:end] if is_photo(name)]

    def image(self, name: str) -> str:
        return name

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        raise _no_labels(task)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        raise _no_labels(task)

    def class_names(self, num_classes: int) -> list[str] | None:
        return None


def _no_labels(task: str) -> UserError:
    return UserError(f"no labels for task {task!r}; ImageNet has no dense labels")
