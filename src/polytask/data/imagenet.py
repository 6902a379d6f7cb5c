"""ImageNet-1k in folders: {train,val}/{wnid}/*.JPEG; photos of one class each, no dense labels."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from typing import Self

import numpy as np

from polytask.data.images import is_photo
from polytask.data.layout import ImageFiles, Source, first_tree, known_split, known_task
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError

WNID = re.compile(r"n\d{8}")
PHOTO = re.compile(r"((?:[^/]+/)?)(train|val)/(?:n\d{8}/)?[^/]+\.JPEG", re.IGNORECASE)


class ImageNetLayout(ImageFiles):
    """The names in a tree of ImageNet, at its root or in its one folder.

    Ids are the files' names in the tree. Photos that lie in no wnid's folder count too, unless
    "image_class" is asked for: the rank of the folder's wnid among the sorted ones of train.
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
        """Of "image_class" the photo itself: its folder is its class."""
        known_task(task, ["image_class"])
        self._rank(name)
        return (name,)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        return np.array(self._rank(sources[0].path), np.int64)

    def class_names(self, num_classes: int) -> list[str] | None:
        return None

    def image_classes(self) -> tuple[str, ...]:
        """The wnids of train, sorted."""
        return tuple(self._ranks)

    @cached_property
    def _ranks(self) -> dict[str, int]:
        folders = {_folder(name) for name in self.ids("train")} if "train" in self.splits else set()
        return {wnid: rank for rank, wnid in enumerate(sorted(filter(WNID.fullmatch, folders)))}

    def _rank(self, path: str) -> int:
        """The class of a photo; raises UserError naming it where its folder is none."""
        if (folder := _folder(path)) not in self._ranks:
            raise UserError(
                f"{self.tree.root}: {path} lies in no folder of a class, train/nNNNNNNNN; sort the "
                "photos into the folders that train has"
            )
        return self._ranks[folder]


def _folder(path: str) -> str:
    return path.split("/")[-2]
