"""SYNTHIA-RAND-CITYSCAPES: rendered streets with the classes of Cityscapes.

RAND_CITYSCAPES/{RGB,GT/LABELS,Depth/Depth}/%07d.png: labels have 16 bits per channel, the first of
which is the class; depth is in centimetres, normals are made of it.
"""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np

from polytask.data.centimetres import read_centimetres
from polytask.data.depth_normals import Camera, normals_from_depth
from polytask.data.held_out import split_by_name
from polytask.data.labels import check_classes, check_size
from polytask.data.layout import ImageFiles, Source, first_file, first_tree, known_split, known_task
from polytask.data.png16 import read_png_16
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError
from polytask.tasks import IGNORE

CLASSES = {
    "road": 3, "sidewalk": 4, "building": 2, "wall": 21, "fence": 5, "pole": 7,
    "traffic light": 15, "traffic sign": 9, "vegetation": 6, "sky": 1, "person": 10, "rider": 17,
    "car": 8, "bus": 19, "motorcycle": 12, "bicycle": 11,
}  # fmt: skip
"""Names and their numbers in the files, in the order of Cityscapes; the others are ignored."""

NUM_IDS = 23
DEPTH = ("Depth/Depth", "Depth")
FOLDERS = {"semseg": ("GT/LABELS",), "depth": DEPTH, "normals": DEPTH}
CAMERA = Camera(focal=532.740352, centre=(640.0, 380.0))
"""As DenseMTL takes it from the video sequences of SYNTHIA; of images in their full size."""

FILE = re.compile(r"((?:[^/]+/)??)(?:RGB|GT/LABELS|Depth/Depth|Depth)/(\d{7})\.png")


class SynthiaLayout(ImageFiles):
    """The names in a tree of SYNTHIA-RAND-CITYSCAPES, at its root or in its one folder.

    An image with any of its files counts. `all` are all images; no test images are published, so
    `train` and `test` are our own 80 % and 20 % of them.
    """

    title = "SYNTHIA-RAND-CITYSCAPES"
    sign = "RGB/*.png"
    splits = ("train", "test", "all")

    def __init__(self, tree: FileTree, prefix: str, numbers: Sequence[str]) -> None:
        self.tree, self.prefix, self.numbers = tree, prefix, numbers

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found = first_tree(tree, FILE)
        return cls(tree, *found) if found else None

    def ids(self, split: str) -> list[str]:
        known_split(self.tree, split, self.splits)
        if split == "all":
            return list(self.numbers)
        return split_by_name(self.numbers)[self.splits.index(split)]

    def image(self, name: str) -> str:
        return first_file(self.tree, [f"{self.prefix}RGB/{name}"], [".png"])

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, FOLDERS)
        stems = [f"{self.prefix}{folder}/{name}" for folder in FOLDERS[task]]
        return (first_file(self.tree, stems, [".png"]),)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        if task == "depth":
            return read_centimetres(sources[0], image_hw)
        if task == "normals":
            return normals_from_depth(read_centimetres(sources[0], image_hw), CAMERA)
        values = read_png_16(sources[0].data, sources[0].path)
        check_size(values, sources[0].path, image_hw)
        classes = _classes(values[..., 0] if values.ndim == 3 else values, sources[0].path)
        check_classes(classes, sources[0].path, num_classes)
        return classes

    def class_names(self, num_classes: int) -> list[str] | None:
        return list(CLASSES)


def _classes(ids: np.ndarray, name: str) -> np.ndarray:
    """SYNTHIA's 23 ids (H, W) to the 16 classes, the others ignored."""
    if (highest := ids.max(initial=0)) >= NUM_IDS:
        raise UserError(f"{name}: class id {highest} is outside 0..{NUM_IDS - 1} of SYNTHIA")
    table = np.full(NUM_IDS, IGNORE, np.uint8)
    table[list(CLASSES.values())] = range(len(CLASSES))
    return table[ids]
