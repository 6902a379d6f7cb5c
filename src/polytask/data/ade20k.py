"""ADE20K as the SceneParse150 challenge of 2016 offers it.

images/{training,validation}/{id}.jpg, annotations/{training,validation}/{id}.png (0 ignored, class
c of 150 as c + 1), objectInfo150.txt with the names of the classes. Objects: see ade20k_objects.py.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np

from polytask.data.ade20k_objects import THINGS, read_objects, with_stuff
from polytask.data.labels import decode_label
from polytask.data.layout import ImageFiles, Source, first_file, has_folder, known_split, known_task
from polytask.data.objects import Objects
from polytask.data.tree import FileTree
from polytask.data.views import Size

FOLDERS = {
    "semseg": ("annotations",),
    "instances": ("annotations_instance",),
    "panoptic": ("annotations", "annotations_instance"),
}
"""Label -> the folders of the files that it is made of."""

FILE = re.compile(r"((?:[^/]+/)?)(?:images|annotations)/(training|validation)/(\w+)\.(?:jpg|png)")


class ADE20KLayout(ImageFiles):
    """The names in a tree of SceneParse150, at its root or in its one folder.

    Ids are part and name, `training/ADE_train_00000001`; one with any of its two files counts.
    """

    title = "ADE20K SceneParse150"
    sign = "images/{training,validation}/*.jpg"

    def __init__(self, tree: FileTree, prefix: str, parts: Mapping[str, list[str]]) -> None:
        self.tree, self.prefix, self.parts = tree, prefix, parts
        self.splits = list(parts)

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found: dict[str, dict[str, set[str]]] = {}
        for match in filter(None, map(FILE.fullmatch, tree.names())):
            prefix, part, name = match.groups()
            found.setdefault(prefix, {}).setdefault(part, set()).add(f"{part}/{name}")
        if not found:
            return None
        prefix = min(found)
        return cls(tree, prefix, {part: sorted(ids) for part, ids in found[prefix].items()})

    def ids(self, split: str) -> list[str]:
        known_split(self.tree, split, self.splits)
        return list(self.parts[split])

    def image(self, name: str) -> str:
        return first_file(self.tree, [f"{self.prefix}images/{name}"], [".jpg"])

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, FOLDERS)
        return tuple(
            first_file(self.tree, [f"{self.prefix}{folder}/{name}"], [".png"])
            for folder in FOLDERS[task]
        )

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray | Objects:
        if task == "instances":
            return read_objects(sources[0], image_hw)
        semseg = decode_label("semseg", sources[0].data, sources[0].path, num_classes, image_hw)
        return with_stuff(read_objects(sources[1], image_hw), semseg) if sources[1:] else semseg

    def class_names(self, num_classes: int) -> list[str] | None:
        name = f"{self.prefix}objectInfo150.txt"
        if name not in self.tree:
            return None
        lines = self.tree.read(name).decode(errors="replace").splitlines()[1:]
        return [line.split("\t")[-1].split(",")[0].strip() for line in lines if line.strip()]

    def has_objects(self, split: str) -> bool:
        return has_folder(self.tree, f"{self.prefix}annotations_instance/{split}")

    def things(self) -> tuple[int, ...]:
        return THINGS
