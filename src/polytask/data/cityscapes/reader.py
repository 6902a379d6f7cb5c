"""The Cityscapes layout, as the packages of the official release unpack into one folder.

{type}/{split}/{city}/{city}_{sequence}_{frame}_{type}.*: leftImg8bit (png), gtFine (labelIds png),
gtFinePanopticParts (tif), disparity (16-bit png), camera (json).
"""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np

from polytask.data.cityscapes.labels import CLASSES, depth, disparity, part_classes, train_ids
from polytask.data.labels import check_size, read_pixels
from polytask.data.layout import ImageFiles, Source, first_file, known_split, known_task
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError

IMAGE_FILE = re.compile(
    r"((?:[^/]+/)?)leftImg8bit/(train|val|test)/([^/]+/[^/]+_\d{6}_\d{6})_leftImg8bit\.png"
)
DISPARITY = ("disparity", "disparity", ".png")
FILES = {
    "semseg": (("gtFine", "gtFine_labelIds", ".png"),),
    "part_segmentation": (("gtFinePanopticParts", "gtFinePanopticParts", ".tif"),),
    "disparity": (DISPARITY,),
    "depth": (DISPARITY, ("camera", "camera", ".json")),
}
"""Folder, end of the name, and ending of the files of each task."""

PACKAGES = {
    "leftImg8bit": "leftImg8bit_trainvaltest.zip",
    "gtFine": "gtFine_trainvaltest.zip",
    "gtFinePanopticParts": "gtFinePanopticParts_trainval.zip",
    "disparity": "disparity_trainvaltest.zip",
    "camera": "camera_trainvaltest.zip",
}
"""Which package of the download page holds a type of file."""

UNPUBLISHED = ("semseg", "part_segmentation")
"""Tasks without labels in `test`."""


class CityscapesLayout(ImageFiles):
    """The names in a tree of the official layout, at its root or in its one folder.

    Ids are split, city and frame, `val/lindau/lindau_000000_000019`, in the order of their names.
    """

    title = "Cityscapes"
    sign = "leftImg8bit/*/*/*_leftImg8bit.png"

    def __init__(self, tree: FileTree, prefix: str, frames: dict[str, list[str]]) -> None:
        self.tree, self.prefix, self.frames = tree, prefix, frames
        self.splits = list(frames)

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found: dict[str, dict[str, list[str]]] = {}
        for match in filter(None, map(IMAGE_FILE.fullmatch, tree.names())):
            prefix, split, frame = match.groups()
            found.setdefault(prefix, {}).setdefault(split, []).append(f"{split}/{frame}")
        return cls(tree, *min(found.items())) if found else None

    def ids(self, split: str) -> list[str]:
        known_split(self.tree, split, self.splits)
        return list(self.frames[split])

    def image(self, name: str) -> str:
        return self._file(name, "leftImg8bit", "leftImg8bit", ".png")

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, FILES)
        if task in UNPUBLISHED and name.startswith("test/"):
            raise UserError(f"the {task} labels of Cityscapes' test split are not public; use val")
        return tuple(self._file(name, *about) for about in FILES[task])

    def _file(self, name: str, folder: str, kind: str, suffix: str) -> str:
        try:
            return first_file(self.tree, [f"{self.prefix}{folder}/{name}_{kind}"], [suffix])
        except UserError as error:
            raise UserError(f"{error}; the package {PACKAGES[folder]} holds it") from None

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        known_task(task, FILES)
        name = sources[0].path
        values = read_pixels(sources[0].data, name)
        check_size(values, name, image_hw)
        if task == "semseg":
            if num_classes != len(CLASSES):
                raise UserError(f"{name}: has {len(CLASSES)} classes; check `num_classes`")
            return train_ids(values, name)
        if task == "part_segmentation":
            return part_classes(values, name)
        pixels = disparity(values, name)
        return depth(pixels, sources[1]) if task == "depth" else pixels

    def class_names(self, num_classes: int) -> list[str] | None:
        return list(CLASSES.values())
