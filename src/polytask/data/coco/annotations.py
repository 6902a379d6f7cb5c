"""Annotated objects of COCO: which image shows what, where, in which pose; held small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from faster_coco_eval.core import mask as mask_api

from polytask.data.coco.json_file import JSONFile
from polytask.data.objects import NUM_JOINTS, Objects
from polytask.data.views import Size
from polytask.errors import UserError


@dataclass(frozen=True)
class Annotations:
    """All objects of a split, image after image: those of image i lie from starts[i] to [i + 1].

    M objects: runs holds their masks run-length encoded, that of object k from ends[k] to [k + 1];
    boxes float32 (M, 4) and the rest as in Objects. `joints` is the row of `keypoints` (K, 17, 3)
    that an object has, or -1. `sizes` are height and width of each image, by their names.
    """

    path: str
    names: list[str]
    sizes: list[Size]
    starts: np.ndarray
    runs: bytes
    ends: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray
    crowd: np.ndarray
    areas: np.ndarray
    joints: np.ndarray
    keypoints: np.ndarray

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def objects(self, name: str, image_hw: Size, path: str) -> Objects:
        """The objects of one image.

        Raises UserError where that has another size than annotated or runs do not fill it.
        """
        if (size := self.sizes[self._rows[name]]) != image_hw:
            raise UserError(
                f"{path}: the image is {image_hw[0]} x {image_hw[1]}, in {self.path} it is "
                f"{size[0]} x {size[1]} (height x width)"
            )
        here = self._here(name)
        masks = self._masks(name, range(here.start, here.stop), size)
        return replace(self.outlines(name), masks=masks)

    def outlines(self, name: str) -> Objects:
        """The same with masks of no pixels: nothing is decoded."""
        here = self._here(name)
        joints = self.joints[here]
        keypoints = np.zeros((len(joints), NUM_JOINTS, 3), np.float32)
        keypoints[joints >= 0] = self.keypoints[joints[joints >= 0]]
        return Objects(
            masks=np.zeros((len(joints), 0, 0), bool),
            boxes=self.boxes[here],
            classes=self.classes[here].astype(np.int64),
            crowd=self.crowd[here],
            areas=self.areas[here],
            keypoints=keypoints,
        )

    def _here(self, name: str) -> slice:
        """The objects of one image among those of all."""
        row = self._rows[name]
        return slice(*self.starts[row : row + 2].tolist())

    def _masks(self, name: str, numbers: range, size: Size) -> np.ndarray:
        if not numbers:
            return np.zeros((0, *size), bool)
        pieces = (self.runs[self.ends[k] : self.ends[k + 1]] for k in numbers)
        try:
            masks_HWN = mask_api.decode([{"size": [*size], "counts": piece} for piece in pieces])
        except ValueError:
            raise UserError(
                f"{self.path}: a mask of {name}.jpg has runs that do not fill it"
            ) from None
        return np.ascontiguousarray(masks_HWN.transpose(2, 0, 1)).astype(bool)


def collect_objects(
    instances: JSONFile, person_keypoints: JSONFile, places: Mapping[int, int]
) -> Annotations:
    """What `instances_*.json` and `person_keypoints_*.json` say.

    `places` makes a class of a category's number. Raises UserError naming the file where an entry
    is not as COCO's.
    """
    images = dict(instances.parsed("images", _image))
    rows = {number: row for row, number in enumerate(images)}
    joints = {
        number: each
        for number, each in person_keypoints.parsed("annotations", _joints)
        if each.any()
    }
    found = list(
        instances.parsed("annotations", partial(_annotation, images=images, places=places))
    )
    found.sort(key=lambda each: rows[each.image])
    counts = np.bincount([rows[each.image] for each in found], minlength=len(rows))
    row_of = {number: row for row, number in enumerate(joints)}
    return Annotations(
        path=instances.path,
        names=[name for name, _ in images.values()],
        sizes=[size for _, size in images.values()],
        starts=_ends(counts),
        runs=b"".join(each.runs for each in found),
        ends=_ends([len(each.runs) for each in found]),
        boxes=np.array([each.box for each in found], np.float32).reshape(-1, 4),
        classes=np.array([each.kind for each in found], np.int16),
        crowd=np.array([each.crowd for each in found], bool),
        areas=np.array([each.area for each in found], np.float32),
        joints=np.array([row_of.get(each.number, -1) for each in found], np.int64),
        keypoints=np.array(list(joints.values()), np.float32).reshape(-1, NUM_JOINTS, 3),
    )


def _ends(lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


class _Annotation(NamedTuple):
    number: int
    image: int
    kind: int
    box: tuple[float, float, float, float]
    crowd: bool
    area: float
    runs: bytes


def _image(entry: Any) -> tuple[int, tuple[str, Size]]:
    name = str(entry["file_name"]).removesuffix(".jpg")
    return int(entry["id"]), (name, (int(entry["height"]), int(entry["width"])))


def _annotation(
    entry: Any, images: Mapping[int, tuple[str, Size]], places: Mapping[int, int]
) -> _Annotation:
    """One object; its mask may be polygons or runs, compressed or not."""
    image = int(entry["image_id"])
    height, width = images[image][1]
    encoded = mask_api.segmToRle(entry["segmentation"], width, height)
    if encoded["size"] != [height, width]:
        raise ValueError("a mask of another size than its image")
    left, top, *extent = map(float, entry["bbox"])
    box = (left, top, left + extent[0], top + extent[1])
    return _Annotation(
        int(entry["id"]), image, places[int(entry["category_id"])], box,
        bool(entry["iscrowd"]), float(entry["area"]), encoded["counts"],
    )  # fmt: skip


def _joints(entry: Any) -> tuple[int, np.ndarray]:
    """The number of an annotation and its joints (17, 3): COCO counts pixels, here edges count."""
    joints = np.array(entry["keypoints"], np.float32).reshape(NUM_JOINTS, 3)
    labelled = joints[:, 2:] > 0
    joints[:, :2] += 0.5
    return int(entry["id"]), np.where(labelled, joints, 0)
