"""The NYUD-v2 layout: the real data set and everything written like it.

images/{id}.png|jpg, segmentation/, human_parts/, sal/, edge/, normals/, depth/ (see labels.py),
gt_sets/{split}.txt with one id per line; optionally classes.json, the class names under "classes".
Without it 40 classes are NYUD-v2's. Objects and classes of images: see object_files.py.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np

from polytask.class_names import names_in
from polytask.data.images import SUFFIXES
from polytask.data.labels import LABEL_FILES, decode_label
from polytask.data.layout import (
    ImageFiles,
    Source,
    first_file,
    has_folder,
    known_task,
    read_list,
    split_lists,
)
from polytask.data.object_files import FILES, ObjectClasses, decode_image_class, decode_objects
from polytask.data.objects import Objects
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
        if task in FILES:
            return tuple(
                first_file(self.tree, [f"{self.prefix}{folder}/{name}"], [ending])
                for folder, ending in FILES[task]
            )
        known_task(task, [*LABEL_FILES, *FILES])
        folder, suffixes = LABEL_FILES[task].folder, LABEL_FILES[task].suffixes
        return (first_file(self.tree, [f"{self.prefix}{folder}/{name}"], suffixes),)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray | Objects:
        if task == "image_class":
            return decode_image_class(sources[0], self.image_classes())
        if task in FILES:
            return decode_objects(task, sources, self._object_classes, image_hw)
        return decode_label(task, sources[0].data, sources[0].path, num_classes, image_hw)

    def class_names(self, num_classes: int) -> list[str] | None:
        if not self._about:
            return names_in("nyud", num_classes)
        return self._names("classes")

    def things(self) -> tuple[int, ...]:
        return self._object_classes.indices() if "things" in self._about else ()

    def has_objects(self, split: str) -> bool:
        return has_folder(self.tree, f"{self.prefix}{FILES['instances'][0][0]}")

    def image_classes(self) -> tuple[str, ...]:
        return tuple(self._names("image_classes")) if "image_classes" in self._about else ()

    @cached_property
    def _about(self) -> dict[str, Any]:
        """What classes.json says, nothing where it is not there."""
        name = f"{self.prefix}classes.json"
        if name not in self.tree:
            return {}
        try:
            return dict(json.loads(self.tree.read(name)))
        except (ValueError, TypeError):
            raise self._bad("classes") from None

    @cached_property
    def _object_classes(self) -> ObjectClasses:
        classes, things = self._names("classes"), self._names("things")
        if unknown := set(things) - set(classes):
            raise self._bad("things", f"; {min(unknown)!r} is not among its classes")
        return ObjectClasses(classes, things)

    def _names(self, key: str) -> list[str]:
        try:
            return [str(item) for item in self._about[key]]
        except (KeyError, TypeError):
            raise self._bad(key) from None

    def _bad(self, key: str, why: str = "") -> UserError:
        file = f"{self.tree.root}/{self.prefix}classes.json"
        return UserError(f'{file}: must be JSON with the names as a list under "{key}"{why}')
