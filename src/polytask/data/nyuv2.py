"""NYUv2 with 13 classes as MTAN prepared it, and SIMO's validation and test images of it.

{train,val}/{image,label,depth,normal}/{i}.npy: image (H, W, 3) 0 to 1, label (H, W) -1 ignored,
depth (H, W, 1) metres, 0 invalid, normal (H, W, 3) unit vectors, 0 invalid.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from PIL import Image

from polytask.data.labels import DECODERS, read_array, read_label
from polytask.data.layout import Source, first_file, known_task
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError
from polytask.tasks import IGNORE

FOLDERS = {"semseg": "label", "depth": "depth", "normals": "normal"}
IMAGE_FILE = re.compile(r"((?:[^/]+/)?)(train|val)/image/(\d+)\.npy")

SIMO_SIZES = {"simo_val": 400, "simo_test": 254}
"""SIMO draws its validation and test images from MTAN's 654 `val` images."""

SIMO_SEED = 42
ROUNDING = 0.01
"""How far from 0 to 1 colours may be."""


class NYUv2Layout:
    """The names in a tree of MTAN's layout, at its root or in its one folder.

    Ids are part and number, `val/17`. Besides `train` and `val` there are SIMO's `simo_val` and
    `simo_test`. A part has as many images as its highest number says.
    """

    title = "NYUv2 13-class"
    sign = "train/image/*.npy"

    def __init__(self, tree: FileTree, prefix: str, sizes: Mapping[str, int]) -> None:
        self.tree, self.prefix, self.sizes = tree, prefix, sizes
        self.splits = [*sizes, *(SIMO_SIZES if "val" in sizes else ())]

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found: dict[str, dict[str, int]] = {}
        for match in filter(None, map(IMAGE_FILE.fullmatch, tree.names())):
            prefix, part, number = match.groups()
            sizes = found.setdefault(prefix, {})
            sizes[part] = max(sizes.get(part, 0), int(number) + 1)
        return cls(tree, *min(found.items())) if found else None

    def ids(self, split: str) -> list[str]:
        if split not in self.splits:
            raise UserError(
                f"{self.tree.root}: no split {split!r}; there are {', '.join(self.splits)}"
            )
        if split in SIMO_SIZES:
            return [f"val/{number}" for number in self._simo(split)]
        return [f"{split}/{number}" for number in range(self.sizes[split])]

    def _simo(self, split: str) -> list[int]:
        """The numbers that torch's `random_split(val, [400, 254])` draws with seed 42."""
        import torch  # late: nobody else here needs it

        if self.sizes["val"] != sum(SIMO_SIZES.values()):
            raise UserError(
                f"{self.tree.root}: {split} is drawn from {sum(SIMO_SIZES.values())} images; val "
                f"has {self.sizes['val']}"
            )
        generator = torch.Generator().manual_seed(SIMO_SEED)
        order = torch.randperm(self.sizes["val"], generator=generator).tolist()
        num_val = SIMO_SIZES["simo_val"]
        return order[:num_val] if split == "simo_val" else order[num_val:]

    def image(self, name: str) -> str:
        return self._file(name, "image")

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, FOLDERS)
        return (self._file(name, FOLDERS[task]),)

    def _file(self, name: str, folder: str) -> str:
        part, _, number = name.partition("/")
        return first_file(self.tree, [f"{self.prefix}{part}/{folder}/{number}"], [".npy"])

    def decode_image(self, source: Source) -> Image.Image:
        values = read_array(source.data, source.path)
        if values.ndim != 3 or values.shape[2] != 3 or not values.size:
            raise UserError(f"{source.path}: an image has 3 channels, not shape {values.shape}")
        low, high = values.min(), values.max()
        if not (low >= -ROUNDING and high <= 1 + ROUNDING):
            raise UserError(f"{source.path}: colours must lie in 0..1, not {low:g}..{high:g}")
        return Image.fromarray(np.rint(values.clip(0, 1) * 255).astype(np.uint8))

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        values = read_label(task, sources[0].data, sources[0].path, image_hw)
        if task == "semseg":
            return _classes(values, sources[0].path, num_classes)
        return DECODERS[task](values, sources[0].path)

    def class_names(self) -> list[str] | None:
        return None


def _classes(values: np.ndarray, name: str, num_classes: int) -> np.ndarray:
    """Classes as they stand there, -1 ignored."""
    if (values != np.rint(values)).any():
        raise UserError(f"{name}: classes must be whole numbers; were they resized smoothly?")
    low, high = values.min(initial=0), values.max(initial=0)
    if low < -1 or high >= num_classes:
        raise UserError(
            f"{name}: value {low if low < -1 else high:g} is outside -1..{num_classes - 1} (-1 "
            f"ignored, then {num_classes} classes); check `num_classes`"
        )
    return np.where(values == -1, IGNORE, values).astype(np.uint8)
