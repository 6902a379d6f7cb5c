"""Folders of numbered .npy files, as MTAN prepared data sets and LibMTL and SIMO read them.

{train,val}/{image,...}/{i}.npy: image (H, W, 3) 0 to 1, one folder for each kind of label.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
from PIL import Image

from polytask.data.labels import DECODERS, read_array, read_label
from polytask.data.layout import DenseOnly, Source, first_file, known_split, known_task
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError
from polytask.tasks import IGNORE, TASKS, num_outputs

FILE = re.compile(r"((?:[^/]+/)?)(train|val)/([^/]+)/(\d+)\.npy")

SIMO_SEED = 42
ROUNDING = 0.01
"""How far from 0 to 1 colours may be."""


class NumberedFolders(DenseOnly):
    """The names in a tree of MTAN's layout, at its root or in its one folder.

    Ids are part and number, `val/17`. Besides `train` and `val` there are the splits that SIMO
    draws. A part has as many images as its highest number says.
    """

    title: ClassVar[str]
    sign: ClassVar[str]
    folders: ClassVar[Mapping[str, tuple[str, ...]]]
    """The folders in which the labels of a task may be; the first that has a file counts."""
    own: ClassVar[frozenset[str]]
    """Folders that tell this data set from others in the same layout: one of them is there."""
    drawn_from: ClassVar[str]
    drawn: ClassVar[Mapping[str, int]]
    """The sizes of SIMO's splits of the part `drawn_from`, in the order in which they are drawn."""

    def __init__(self, tree: FileTree, prefix: str, sizes: Mapping[str, int]) -> None:
        self.tree, self.prefix, self.sizes = tree, prefix, sizes
        self.splits = [*sizes, *(self.drawn if self.drawn_from in sizes else ())]

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found: dict[str, dict[str, int]] = {}
        own = set()
        for match in filter(None, map(FILE.fullmatch, tree.names())):
            prefix, part, folder, number = match.groups()
            if folder == "image":
                sizes = found.setdefault(prefix, {})
                sizes[part] = max(sizes.get(part, 0), int(number) + 1)
            elif folder in cls.own:
                own.add(prefix)
        found = {prefix: sizes for prefix, sizes in found.items() if prefix in own}
        return cls(tree, *min(found.items())) if found else None

    def ids(self, split: str) -> list[str]:
        known_split(self.tree, split, self.splits)
        if split in self.drawn:
            return [f"{self.drawn_from}/{number}" for number in self._drawn(split)]
        return [f"{split}/{number}" for number in range(self.sizes[split])]

    def _drawn(self, split: str) -> list[int]:
        """The numbers that torch's `random_split` with SIMO's seed gives to `split`."""
        import torch  # late: nobody else here needs it

        size, total = self.sizes[self.drawn_from], sum(self.drawn.values())
        if size != total:
            raise UserError(
                f"{self.tree.root}: {split} is drawn from {total} images; {self.drawn_from} has "
                f"{size}"
            )
        order = torch.randperm(total, generator=torch.Generator().manual_seed(SIMO_SEED)).tolist()
        names = list(self.drawn)
        start = sum(self.drawn[name] for name in names[: names.index(split)])
        return order[start : start + self.drawn[split]]

    def image(self, name: str) -> str:
        return self._file(name, ("image",))

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, self.folders)
        return (self._file(name, self.folders[task]),)

    def _file(self, name: str, folders: Sequence[str]) -> str:
        part, _, number = name.partition("/")
        stems = [f"{self.prefix}{part}/{folder}/{number}" for folder in folders]
        return first_file(self.tree, stems, [".npy"])

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
        if TASKS[task].kind == "classes":
            return _classes(values, sources[0].path, num_outputs(task, num_classes))
        return DECODERS[task](values, sources[0].path)

    def class_names(self, num_classes: int) -> list[str] | None:
        return None


def _classes(values: np.ndarray, name: str, num_classes: int) -> np.ndarray:
    """Classes as they stand there, -1 ignored; raises UserError naming the file for others."""
    if (values != np.rint(values)).any():
        raise UserError(f"{name}: classes must be whole numbers; were they resized smoothly?")
    low, high = values.min(initial=0), values.max(initial=0)
    if low < -1 or high >= num_classes:
        raise UserError(
            f"{name}: value {low if low < -1 else high:g} is outside -1..{num_classes - 1} (-1 "
            f"ignored, then {num_classes} classes); check `num_classes`"
        )
    return np.where(values == -1, IGNORE, values).astype(np.uint8)
