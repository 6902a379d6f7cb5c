"""Objects of ADE20K's SceneParse150, from the annotations of its challenge of 2017.

annotations_instance/{training,validation}/{id}.png: red is the class of a thing, 1 to 100, green
the number of the object within its image, 0 none.
"""

import numpy as np

from polytask.data.labels import check_size, read_pixels
from polytask.data.layout import Source
from polytask.data.objects import Objects, from_masks
from polytask.data.views import Size
from polytask.errors import UserError
from polytask.tasks import IGNORE

STUFF = (
    0, 1, 2, 3, 4, 5, 6, 9, 11, 13, 16, 17, 21, 25, 26, 28, 29, 34, 40, 46, 48, 51, 52, 54,
    59, 60, 61, 63, 68, 77, 79, 84, 91, 94, 96, 99, 100, 101, 105, 106, 109, 113, 114, 117,
    122, 128, 131, 140, 141, 145,
)  # fmt: skip
"""The 50 of the 150 semantic classes that are no things."""

THINGS = tuple(index for index in range(150) if index not in STUFF)
"""Class k of instances is the semantic class THINGS[k]."""


def read_objects(source: Source, image_hw: Size) -> Objects:
    """The instances of an image, by their places among the things.

    Raises UserError naming the file where it is not of that size or an object has no class.
    """
    colours = read_pixels(source.data, source.path)
    check_size(colours, source.path, image_hw)
    if colours.shape[2:] != (3,) or colours.dtype != np.uint8:
        raise UserError(f"{source.path}: instances are colours (RGB): class, number, nothing")
    kinds_HW, numbers_HW = colours[..., 0], colours[..., 1]
    numbers = np.unique(numbers_HW)
    masks_NHW = numbers_HW == numbers[numbers > 0][:, None, None]
    kinds = np.array([kinds_HW[mask].max() for mask in masks_NHW], np.int64)
    mixed = any(np.ptp(kinds_HW[mask]) for mask in masks_NHW)
    if mixed or not ((kinds > 0) & (kinds <= len(THINGS))).all():
        raise UserError(f"{source.path}: an object must have one class of 1 to {len(THINGS)}")
    return from_masks(masks_NHW, kinds - 1)


def with_stuff(objects: Objects, semseg_HW: np.ndarray) -> Objects:
    """Panoptic segments: the things, and of each class of stuff what they leave of it."""
    left_HW = np.where(objects.masks.any(axis=0), IGNORE, semseg_HW)
    kinds = np.intersect1d(left_HW, STUFF)
    return from_masks(
        np.concatenate([objects.masks, left_HW == kinds[:, None, None]]),
        np.concatenate([np.array(THINGS)[objects.classes], kinds]),
    )
