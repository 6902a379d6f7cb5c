"""MVTec AD: photos of 15 kinds of products, of which the test photos may show a defect.

{category}/train/good/000.png, {category}/test/{good,defect}/000.png and, of those with a defect,
{category}/ground_truth/{defect}/000_mask.png (0 or 255).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np

from polytask.data.labels import check_size, read_pixels
from polytask.data.layout import ImageFiles, Source, first_file, known_split, known_task
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError

CLASSES = ["sound", "defective"]
"""Of a pixel: the masks can be read as semseg of two classes."""

MASKS = ("semseg", "anomaly_mask")
OF_PHOTOS = ("anomaly", "category")
"""Labels that the name of a photo tells: 1 where it shows a defect, the rank of its category."""

GOOD = "good"
FILE = re.compile(r"((?:[^/]+/)?)(\w+/(?:train|test))/(\w+/\d+)\.png")


class MVTecADLayout(ImageFiles):
    """The names in a tree of MVTec AD, at its root or in its one folder.

    Ids are category, part, defect and number, `screw/test/scratch_head/003`; every category has
    its own splits, `screw/train` and `screw/test`; `leather+screw/train` is that of both together.
    """

    title = "MVTec AD"
    sign = "*/train/good/*.png"

    def __init__(self, tree: FileTree, prefix: str, parts: Mapping[str, list[str]]) -> None:
        self.tree, self.prefix, self.parts = tree, prefix, parts
        self.splits = list(parts)

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found: dict[str, dict[str, list[str]]] = {}
        for match in filter(None, map(FILE.fullmatch, tree.names())):
            prefix, part, name = match.groups()
            found.setdefault(prefix, {}).setdefault(part, []).append(f"{part}/{name}")
        return cls(tree, *min(found.items())) if found else None

    @property
    def categories(self) -> list[str]:
        """The kinds of products, sorted."""
        return sorted({name.split("/")[0] for name in self.splits})

    def ids(self, split: str) -> list[str]:
        categories, _, part = split.rpartition("/")
        names = [f"{category}/{part}" for category in categories.split("+")]
        for name in names:
            known_split(self.tree, name if categories else split, self.splits)
        return [photo for name in names for photo in self.parts[name]]

    def defect(self, name: str) -> str:
        """The kind of defect that an image shows, `good` where it shows none."""
        return name.split("/")[2]

    def image(self, name: str) -> str:
        return first_file(self.tree, [f"{self.prefix}{name}"], [".png"])

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, [*MASKS, *OF_PHOTOS])
        if task in OF_PHOTOS:
            return (self.image(name),)
        category, _, defect, number = name.split("/")
        if defect == GOOD:
            return ()
        stem = f"{self.prefix}{category}/ground_truth/{defect}/{number}_mask"
        return (first_file(self.tree, [stem], [".png"]),)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        if task in OF_PHOTOS:
            category, _, defect, _ = sources[0].path.split("/")[-4:]
            return np.array(
                self.categories.index(category) if task == "category" else defect != GOOD, np.int64
            )
        if not sources:
            return np.zeros(image_hw, np.uint8)
        mask = read_mask(sources[0])
        check_size(mask, sources[0].path, image_hw)
        return mask

    def class_names(self, num_classes: int) -> list[str] | None:
        return CLASSES


def read_mask(source: Source) -> np.ndarray:
    """1 where a pixel is defective (H, W); raises UserError where the file is no mask."""
    values = read_pixels(source.data, source.path)
    if values.ndim != 2 or not np.isin(values, (0, 255)).all():
        raise UserError(f"{source.path}: masks are grey and hold two values, 0 and 255")
    return (values == 255).astype(np.uint8)
