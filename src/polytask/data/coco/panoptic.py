"""Panoptic labels of COCO as classes: which segment of which image is of which category."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from polytask.errors import UserError
from polytask.tasks import IGNORE


@dataclass(frozen=True)
class Segments:
    """All segments of a split, image after image: those of image i lie from starts[i] to [i + 1].

    `classes` counts the categories in the order of the JSON file; `class_names` says which.
    """

    path: str
    names: list[str]
    starts: np.ndarray
    ids: np.ndarray
    classes: np.ndarray
    class_names: list[str]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def label(self, name: str, colours: np.ndarray, path: str) -> np.ndarray:
        """The classes (H, W) of the colours (H, W, 3) of one image; no segment is ignored.

        Raises UserError naming the file where a segment is not among the image's.
        """
        row = self._rows[name]
        here = slice(self.starts[row], self.starts[row + 1])
        known = np.append(self.ids[here], 0)
        classes = np.append(self.classes[here], IGNORE).astype(np.uint8)
        order = np.argsort(known)
        found, inverse = np.unique(_ids(colours), return_inverse=True)
        places = order[np.searchsorted(known, found, sorter=order).clip(max=len(known) - 1)]
        if (unknown := found[known[places] != found]).size:
            raise UserError(
                f"{path}: segment {unknown[0]} is not among this image's in {self.path}"
            )
        return classes[places][inverse].reshape(colours.shape[:2])


def _ids(colours: np.ndarray) -> np.ndarray:
    """R + 256 G + 65536 B."""
    return colours.astype(np.int32) @ np.array([1, 1 << 8, 1 << 16], np.int32)


def collect(entries: Iterable[tuple[str, Any]], path: str) -> Segments:
    """The segments of a `panoptic_*.json`, given the elements of `annotations` and `categories`.

    Raises UserError naming the file where something is missing or a category is unknown.
    """
    names: list[str] = []
    starts, ids, numbers = [0], [], []
    categories: dict[int, str] = {}
    for key, entry in entries:
        try:
            if key == "categories":
                categories[int(entry["id"])] = str(entry["name"])
                continue
            names.append(str(entry["file_name"]).removesuffix(".png"))
            ids += [int(segment["id"]) for segment in entry["segments_info"]]
            numbers += [int(segment["category_id"]) for segment in entry["segments_info"]]
            starts.append(len(ids))
        except (KeyError, TypeError, ValueError):
            told = json.dumps(entry)[:60]
            raise UserError(f"{path}: an entry of {key!r} is not as COCO's: {told}") from None
    classes = _classes(numbers, categories, names, starts, path)
    return Segments(
        path, names, np.array(starts), np.array(ids, np.int32), classes, list(categories.values())
    )


def _classes(
    numbers: list[int], categories: dict[int, str], names: list[str], starts: list[int], path: str
) -> np.ndarray:
    """Category numbers as places in the list of categories."""
    place = {number: at for at, number in enumerate(categories)}
    for at, number in enumerate(numbers):
        if number not in place:
            name = names[int(np.searchsorted(starts, at, side="right")) - 1]
            raise UserError(f"{path}: category {number} of {name}.png is not in its `categories`")
    return np.array([place[number] for number in numbers], np.uint8)
