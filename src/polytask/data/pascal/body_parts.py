"""Parts of people from VOC-part: 24 names there, six and the background here (ASTMT, SAK)."""

from typing import NamedTuple

import numpy as np

from polytask.data.labels import check_size
from polytask.data.layout import Source
from polytask.data.pascal.mat_files import read_variable
from polytask.data.views import Size
from polytask.errors import UserError

PERSON = 15
"""The number of the class in VOC."""

NAMES = {
    1: "hair head lear rear lebrow rebrow leye reye nose mouth",
    2: "neck torso",
    3: "luarm ruarm",
    4: "llarm rlarm lhand rhand",
    5: "luleg ruleg",
    6: "llleg rlleg lfoot rfoot",
}
"""VOC-part's names of each of `tasks.PARTS`; l and r are left and right, the second l is lower."""

PART = {name: part for part, names in NAMES.items() for name in names.split()}


class Thing(NamedTuple):
    """One annotated object: its class, mask (H, W), and parts by name, each with its mask."""

    class_number: int
    mask: np.ndarray
    parts: list[tuple[str, np.ndarray]]


def human_parts(source: Source, image_hw: Size) -> np.ndarray:
    """Parts (H, W) as uint8 of human_parts/{id}.mat, 0 where there is none; later parts cover.

    Raises UserError naming the file where it is no annotation of VOC-part for this image.
    """
    parts_HW = np.zeros(image_hw, np.uint8)
    for thing in _things(read_variable(source, "anno"), source.path):
        check_size(thing.mask, source.path, image_hw)
        for name, mask in thing.parts if thing.class_number == PERSON else ():
            check_size(mask, source.path, image_hw)
            if name not in PART:
                raise UserError(f"{source.path}: {name!r} is no part of a person in VOC-part")
            parts_HW[mask] = PART[name]
    return parts_HW


def _things(anno: np.ndarray, path: str) -> list[Thing]:
    """`anno`: a struct of imname and objects, each with class, class_ind, mask and parts."""
    try:
        objects = anno.ravel()[0][1].ravel()
        return [
            Thing(
                class_number=int(number.ravel()[0]),
                mask=_plane(mask),
                parts=[(str(name.ravel()[0]), _plane(part) > 0) for name, part in parts.ravel()],
            )
            for _, number, mask, parts in objects
        ]
    except (AttributeError, IndexError, TypeError, ValueError):
        raise UserError(f"{path}: anno is no annotation of VOC-part; replace the file") from None


def _plane(mask: np.ndarray) -> np.ndarray:
    """The mask as (H, W); raises ValueError where it has channels."""
    return mask.reshape(mask.shape[:2])
