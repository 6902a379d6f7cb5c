"""The COCO 2017 layout, as its four archives unpack into one folder.

{train,val}2017/%012d.jpg, annotations/{instances,person_keypoints,panoptic}_{train,val}2017.json,
panoptic_{train,val}2017/%012d.png (there or in annotations/): colours are numbers of segments.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Self

import numpy as np

from polytask.data.coco.annotations import Annotations, collect_objects
from polytask.data.coco.json_file import JSONFile
from polytask.data.coco.panoptic import Segments, collect
from polytask.data.labels import check_size, read_pixels
from polytask.data.layout import ImageFiles, Source, first_file, known_task
from polytask.data.objects import Objects
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError

PANOPTIC = re.compile(r"((?:[^/]+/)?)annotations/panoptic_(train|val)2017\.json")


class COCOLayout(ImageFiles):
    """The names in a tree of COCO 2017, at its root or in its one folder.

    Ids are part and number, `val/000000000139`, in the order of the panoptic JSON file; semseg is
    its panoptic label, things and stuff, in the order of its categories. Instances have the classes
    of its things, in the same order, and the key points of persons.
    """

    title = "COCO 2017"
    sign = "annotations/panoptic_*.json"

    def __init__(self, tree: FileTree, prefix: str, splits: list[str]) -> None:
        self.tree, self.prefix, self.splits = tree, prefix, splits
        self._segments: dict[str, Segments] = {}
        self._annotations: dict[str, Annotations | UserError] = {}

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found: dict[str, list[str]] = {}
        for match in filter(None, map(PANOPTIC.fullmatch, tree.names())):
            found.setdefault(match[1], []).append(match[2])
        return cls(tree, *min(found.items())) if found else None

    def json_file(self, kind: str, split: str) -> JSONFile:
        """`annotations/{kind}_{split}2017.json`."""
        return JSONFile(self.tree, f"{self.prefix}annotations/{kind}_{split}2017.json")

    def segments(self, split: str) -> Segments:
        """What `panoptic_{split}2017.json` says, read once."""
        if split not in self.splits:
            raise UserError(f"{self.tree.root}: no panoptic labels of {split!r}")
        if split not in self._segments:
            found = collect(self.json_file("panoptic", split))
            if not found.names:
                raise UserError(f"{found.path}: names no images")
            self._segments[split] = found
        return self._segments[split]

    def annotations(self, split: str) -> Annotations:
        """What `instances_{split}2017.json` and `person_keypoints_*` say, read once."""
        if split not in self._annotations:
            self._annotations[split] = self._read_annotations(split)
        found = self._annotations[split]
        if isinstance(found, UserError):
            raise UserError(str(found))
        return found

    def _read_annotations(self, split: str) -> Annotations | UserError:
        """The same, or why they cannot be read: the files are too large to try for every image."""
        known = self.segments(split)
        places = {known.numbers[at]: place for place, at in enumerate(known.things)}
        files = (self.json_file(kind, split) for kind in ("instances", "person_keypoints"))
        try:
            return collect_objects(*files, places)
        except UserError as error:
            return error

    def ids(self, split: str) -> list[str]:
        return [f"{split}/{name}" for name in self.segments(split).names]

    def image(self, name: str) -> str:
        split, _, number = name.partition("/")
        return first_file(self.tree, [f"{self.prefix}{split}2017/{number}"], [".jpg"])

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, ["semseg", "panoptic", "instances"])
        split, _, number = name.partition("/")
        if task == "instances":
            if number not in (found := self.annotations(split)):
                raise UserError(f"{found.path}: has no image {number}.jpg")
            return (self.image(name),)
        folders = (f"panoptic_{split}2017", f"annotations/panoptic_{split}2017")
        stems = [f"{self.prefix}{folder}/{number}" for folder in folders]
        return (first_file(self.tree, stems, [".png"]),)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray | Objects:
        path = PurePosixPath(sources[0].path)
        split = path.parent.name.removeprefix("panoptic_").removesuffix("2017")
        segments = self.segments(split)
        if len(segments.class_names) != num_classes:
            raise UserError(
                f"{segments.path}: has {len(segments.class_names)} categories, not the "
                f"{num_classes} of `num_classes`"
            )
        if task == "instances":
            return self.annotations(split).objects(path.stem, image_hw, sources[0].path)
        colours = read_pixels(sources[0].data, sources[0].path)
        check_size(colours, sources[0].path, image_hw)
        if colours.shape[2:] != (3,) or colours.dtype != np.uint8:
            raise UserError(f"{path}: panoptic labels are colours (RGB) that number segments")
        say = segments.objects if task == "panoptic" else segments.label
        return say(path.stem, colours, sources[0].path)

    def class_names(self, num_classes: int) -> list[str] | None:
        return self.segments(self.splits[-1]).class_names

    def has_objects(self, split: str) -> bool:
        return True  # its annotations are part of the data set

    def outlines(self, name: str) -> Objects:
        split, _, number = name.partition("/")
        return self.annotations(split).outlines(number)

    def things(self) -> tuple[int, ...]:
        return self.segments(self.splits[-1]).things
