"""Objects and the class of an image in a tree of the NYUD-v2 layout, as `rooms` writes them.

instances/{id}.png: numbers (H, W) of objects, 8 or 16 bits; objects/{id}.json: a list with "id",
"class" and, for persons, "keypoints" (17 times x, y, visibility) of each; image_class/{id}.txt: a
name. classes.json names the classes ("classes"), which of them are countable things ("things") and
those of images ("image_classes").
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polytask.data.labels import check_size, read_pixels
from polytask.data.layout import Source
from polytask.data.objects import NUM_JOINTS, Objects, from_masks
from polytask.data.views import Size
from polytask.errors import UserError

FILES = {
    "instances": (("instances", ".png"), ("objects", ".json")),
    "panoptic": (("instances", ".png"), ("objects", ".json")),
    "image_class": (("image_class", ".txt"),),
}
"""Label -> folder and ending of each of its files."""

MIN_PIXELS = 16
"""Smaller things are too small to tell what they are: neither instance nor segment."""


@dataclass(frozen=True)
class ObjectClasses:
    """What classes.json says; the names of `things` are among those of `classes`."""

    classes: list[str]
    things: list[str]

    def indices(self) -> tuple[int, ...]:
        """The places of the things among the classes."""
        return tuple(self.classes.index(name) for name in self.things)


def decode_objects(
    label: str, sources: Sequence[Source], known: ObjectClasses, image_hw: Size
) -> Objects:
    """Instances: the things, by their places among things. Panoptic: all, by their classes.

    Things of fewer than `MIN_PIXELS` pixels are left out. The surfaces of one class are one
    segment. Raises UserError naming the file where it says something else than its format.
    """
    numbers_HW, records = _numbers(sources[0], image_hw), _records(sources[1], known.classes)
    found = _things(numbers_HW, records, known.things)
    if label == "panoptic":
        found += _surfaces(numbers_HW, records, known.things)
    order = known.classes if label == "panoptic" else known.things
    return from_masks(
        np.array([mask for mask, _ in found], bool).reshape(-1, *image_hw),
        np.array([order.index(record.name) for _, record in found], np.int64),
        keypoints=np.array([record.joints for _, record in found]).reshape(-1, NUM_JOINTS, 3),
    )


def decode_image_class(source: Source, known: Sequence[str]) -> np.ndarray:
    """The class of an image, int64 (); raises UserError where its name is none of `known`."""
    name = source.data.decode(errors="replace").strip()
    if name not in known:
        raise UserError(f"{source.path}: {name!r} is no class of images ({', '.join(known)})")
    return np.array(known.index(name), np.int64)


@dataclass(frozen=True)
class _Record:
    """What is known of one number: its class, its joints (17, 3)."""

    number: int
    name: str
    joints: np.ndarray


_NO_JOINTS = np.zeros((NUM_JOINTS, 3), np.float32)


def _things(
    numbers_HW: np.ndarray, records: list[_Record], things: Sequence[str]
) -> list[tuple[np.ndarray, _Record]]:
    found = [(numbers_HW == each.number, each) for each in records if each.name in things]
    return [(mask, each) for mask, each in found if np.count_nonzero(mask) >= MIN_PIXELS]


def _surfaces(
    numbers_HW: np.ndarray, records: list[_Record], things: Sequence[str]
) -> list[tuple[np.ndarray, _Record]]:
    by_name: dict[str, list[int]] = {}
    for each in records:
        if each.name not in things:
            by_name.setdefault(each.name, []).append(each.number)
    found = [
        (np.isin(numbers_HW, numbers), _Record(numbers[0], name, _NO_JOINTS))
        for name, numbers in by_name.items()
    ]
    return [(mask, each) for mask, each in found if mask.any()]


def _numbers(source: Source, image_hw: Size) -> np.ndarray:
    values = read_pixels(source.data, source.path)
    check_size(values, source.path, image_hw)
    if values.ndim != 2 or values.dtype not in (np.uint8, np.uint16):
        raise UserError(f"{source.path}: numbers of objects are grey, 8 or 16 bits per pixel")
    return values


def _records(source: Source, classes: Sequence[str]) -> list[_Record]:
    try:
        records = [_record(entry) for entry in json.loads(source.data)]
    except (ValueError, KeyError, TypeError):
        raise UserError(
            f'{source.path}: must be a JSON list with "id" and "class" of each object, and 17 '
            '"keypoints" of x, y and visibility where it has them'
        ) from None
    for record in records:
        if record.name not in classes:
            raise UserError(f'{source.path}: {record.name!r} is not among the "classes"')
    return records


def _record(entry: Any) -> _Record:
    joints = np.array(entry["keypoints"], np.float32) if "keypoints" in entry else _NO_JOINTS
    return _Record(int(entry["id"]), str(entry["class"]), joints.reshape(NUM_JOINTS, 3))
