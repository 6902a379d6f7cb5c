"""The NYUD-v2 layout: the real data set and everything written like it.

images/{id}.png|jpg, segmentation/, human_parts/, sal/, edge/, normals/, depth/ (see labels.py),
gt_sets/{split}.txt with one id per line; optionally classes.json, the class names under "classes".
Without it 40 classes are NYUD-v2's.
"""

import json
from collections.abc import Sequence
from typing import Self

import numpy as np

from polytask.class_names import names_in
from polytask.data.images import SUFFIXES
from polytask.data.labels import LABEL_FILES, decode_label
from polytask.data.layout import ImageFiles, Source, first_file, known_task, read_list, split_lists
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError


class NYUDLayout(ImageFiles):
    """The names in a tree of the NYUD-v2 layout, at its root or in its one folder."""

    title = "NYUD-v2"
    sign = "gt_sets/*.txt"

    def __init__(self, tree: FileTree, prefix: str, splits: list[str]) -> None:
        self.tree, self.prefix, self.splits = tree, prefix, splits

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found = split_lists(tree, "gt_sets")
        return cls(tree, *found) if found else None

    def ids(self, split: str) -> list[str]:
        return read_list(self.tree, f"{self.prefix}gt_sets", split, self.splits)

    def image(self, name: str) -> str:
        return first_file(self.tree, [f"{self.prefix}images/{name}"], SUFFIXES)

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, LABEL_FILES)
        folder, suffixes = LABEL_FILES[task].folder, LABEL_FILES[task].suffixes
        return (first_file(self.tree, [f"{self.prefix}{folder}/{name}"], suffixes),)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        return decode_label(task, sources[0].data, sources[0].path, num_classes, image_hw)

    def class_names(self, num_classes: int) -> list[str] | None:
        name = f"{self.prefix}classes.json"
        if name not in self.tree:
            return names_in("nyud", num_classes)
        try:
            return [str(item) for item in json.loads(self.tree.read(name))["classes"]]
        except (ValueError, KeyError, TypeError):
            raise UserError(
                f'{self.tree.root}/{name}: must be JSON with the names as a list under "classes"'
            ) from None
