"""The PASCAL-Context layout, the same in all archives that are in circulation.

JPEGImages/{id}.jpg, ImageSets/Context/{split}.txt, semseg/VOC12/{id}.png or, where that is missing,
semseg/pascal-context/{id}.png, pascal-context/trainval/{id}.mat, human_parts/{id}.mat,
normals_distill/{id}.png, sal_distill/{id}.png.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np

from polytask.class_names import names_in
from polytask.data.labels import DECODERS, check_classes, read_label
from polytask.data.layout import ImageFiles, Source, first_file, known_task, read_list, split_lists
from polytask.data.pascal.body_parts import human_parts
from polytask.data.pascal.context import boundaries, label_map, trusted_normals
from polytask.data.tree import FileTree
from polytask.data.views import Size

FILES = {
    "semseg": (("semseg/VOC12", "semseg/pascal-context"),),
    "human_parts": (("human_parts",),),
    "sal": (("sal_distill",),),
    "edge": (("pascal-context/trainval",),),
    "normals": (("normals_distill",), ("pascal-context/trainval",)),
}
"""Task -> for each of its files the folders in which it may lie, the first that has it counts."""

ENDINGS = {"human_parts": ".mat", "pascal-context/trainval": ".mat"}
"""Of files that are no .png, by the first folder."""


class PascalContextLayout(ImageFiles):
    """The names in a tree of the PASCAL-Context layout, at its root or in its one folder."""

    title = "PASCAL-Context"
    sign = "ImageSets/Context/*.txt"

    def __init__(self, tree: FileTree, prefix: str, splits: list[str]) -> None:
        self.tree, self.prefix, self.splits = tree, prefix, splits

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found = split_lists(tree, "ImageSets/Context")
        return cls(tree, *found) if found else None

    def ids(self, split: str) -> list[str]:
        return read_list(self.tree, f"{self.prefix}ImageSets/Context", split, self.splits)

    def image(self, name: str) -> str:
        return first_file(self.tree, [f"{self.prefix}JPEGImages/{name}"], [".jpg"])

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, FILES)
        return tuple(
            first_file(
                self.tree,
                [f"{self.prefix}{folder}/{name}" for folder in folders],
                [ENDINGS.get(folders[0], ".png")],
            )
            for folders in FILES[task]
        )

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        source = sources[0]
        if task == "human_parts":
            return human_parts(source, image_hw)
        if task == "edge":
            return boundaries(label_map(source, image_hw))
        values = read_label(task, source.data, source.path, image_hw)
        if task == "normals":
            return trusted_normals(values, label_map(sources[1], image_hw))
        if task == "semseg":
            check_classes(values, source.path, num_classes)
            return values
        return DECODERS[task](values, source.path)

    def class_names(self, num_classes: int) -> list[str] | None:
        return names_in("pascal_context", num_classes)
