"""Panoptic labels of COCO: which segment of which image is of which category."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polytask.data.coco.json_file import JSONFile
from polytask.data.objects import Objects, from_masks
from polytask.errors import UserError
from polytask.tasks import IGNORE


@dataclass(frozen=True)
class Segments:
    """All segments of a split, image after image: those of image i lie from starts[i] to [i + 1].

    `classes` counts the categories in the order of the JSON file; `class_names` says which these
    are, `numbers` how the files number them and `things` which of them are countable.
    """

    path: str
    names: list[str]
    starts: np.ndarray
    ids: np.ndarray
    classes: np.ndarray
    crowd: np.ndarray
    class_names: list[str]
    numbers: list[int]
    things: tuple[int, ...]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def label(self, name: str, colours: np.ndarray, path: str) -> np.ndarray:
        """The classes (H, W) of the colours (H, W, 3) of one image; no segment is ignored.

        Raises UserError naming the file where a segment is not among the image's.
        """
        here = self._of(name)
        known = np.append(self.ids[here], 0)
        classes = np.append(self.classes[here], IGNORE).astype(np.uint8)
        order = np.argsort(known)
        found, inverse = np.unique(_ids(colours), return_inverse=True)
        places = order[np.searchsorted(known, found, sorter=order).clip(max=len(known) - 1)]
        self._check(found[known[places] != found], path)
        return classes[places][inverse].reshape(colours.shape[:2])

    def objects(self, name: str, colours: np.ndarray, path: str) -> Objects:
        """Each segment of an image that has a pixel among the colours (H, W, 3), by its class.

        Raises UserError naming the file where a segment is not among the image's.
        """
        here, numbers_HW = self._of(name), _ids(colours)
        masks_NHW = numbers_HW == self.ids[here][:, None, None]
        self._check(numbers_HW[(numbers_HW != 0) & ~masks_NHW.any(axis=0)], path)
        shown = masks_NHW.any(axis=(1, 2))
        return from_masks(masks_NHW[shown], self.classes[here][shown], self.crowd[here][shown])

    def _of(self, name: str) -> slice:
        row = self._rows[name]
        return slice(self.starts[row], self.starts[row + 1])

    def _check(self, unknown: np.ndarray, path: str) -> None:
        if unknown.size:
            raise UserError(
                f"{path}: segment {unknown[0]} is not among this image's in {self.path}"
            )


def _ids(colours: np.ndarray) -> np.ndarray:
    """R + 256 G + 65536 B."""
    return colours.astype(np.int32) @ np.array([1, 1 << 8, 1 << 16], np.int32)


def collect(file: JSONFile) -> Segments:
    """The segments of a `panoptic_*.json`.

    Raises UserError naming the file where something is missing or a category is unknown.
    """
    names: list[str] = []
    starts, ids, numbers, crowd = [0], [], [], []
    categories: dict[int, tuple[str, bool]] = {}
    for key, entry in file.entries("annotations", "categories"):
        try:
            if key == "categories":
                categories[int(entry["id"])] = str(entry["name"]), bool(entry["isthing"])
                continue
            names.append(str(entry["file_name"]).removesuffix(".png"))
            ids += [int(segment["id"]) for segment in entry["segments_info"]]
            numbers += [int(segment["category_id"]) for segment in entry["segments_info"]]
            crowd += [bool(segment["iscrowd"]) for segment in entry["segments_info"]]
            starts.append(len(ids))
        except (KeyError, TypeError, ValueError):
            raise file.odd(key, entry) from None
    return Segments(
        path=file.path,
        names=names,
        starts=np.array(starts),
        ids=np.array(ids, np.int32),
        classes=_classes(numbers, list(categories), names, starts, file.path),
        crowd=np.array(crowd, bool),
        class_names=[name for name, _ in categories.values()],
        numbers=list(categories),
        things=tuple(at for at, (_, is_thing) in enumerate(categories.values()) if is_thing),
    )


def _classes(
    numbers: list[int], categories: list[int], names: list[str], starts: list[int], path: str
) -> np.ndarray:
    """Category numbers as places in the list of categories."""
    place = {number: at for at, number in enumerate(categories)}
    for at, number in enumerate(numbers):
        if number not in place:
            name = names[int(np.searchsorted(starts, at, side="right")) - 1]
            raise UserError(f"{path}: category {number} of {name}.png is not in its `categories`")
    return np.array([place[number] for number in numbers], np.uint8)
