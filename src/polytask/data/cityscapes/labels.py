"""What the label files of Cityscapes hold, as classes, pixels and metres. Shapes: (H, W)."""

import json

import numpy as np

from polytask.data.layout import Source
from polytask.errors import UserError
from polytask.tasks import IGNORE

CLASSES = {
    7: "road", 8: "sidewalk", 11: "building", 12: "wall", 13: "fence", 17: "pole",
    19: "traffic light", 20: "traffic sign", 21: "vegetation", 22: "terrain", 23: "sky",
    24: "person", 25: "rider", 26: "car", 27: "truck", 28: "bus", 31: "train", 32: "motorcycle",
    33: "bicycle",
}  # fmt: skip
"""The label ids that are evaluated, in the order of their train ids 0 to 18."""

HIGHEST_ID = 33
HUMANS, VEHICLES = (24, 25), (26, 27, 28)
LONGEST_UID = 9_999_999
DISPARITY_STEPS = 256
"""Steps of a disparity file to a pixel."""


def _train_ids() -> np.ndarray:
    table = np.full(HIGHEST_ID + 1, IGNORE, np.uint8)
    table[list(CLASSES)] = np.arange(len(CLASSES))
    return table


def _parts() -> np.ndarray:
    """Semantic id x 100 + part id -> part class."""
    table = np.zeros(100 * 100, np.uint8)
    for kinds, first, count in ((HUMANS, 1, 4), (VEHICLES, 5, 5)):
        for kind in kinds:
            table[kind * 100 + 1 : kind * 100 + 1 + count] = np.arange(first, first + count)
    return table


TRAIN_IDS, PART_CLASSES = _train_ids(), _parts()


def train_ids(values: np.ndarray, name: str) -> np.ndarray:
    """The 19 classes of a labelIds file, all other ids ignored (Cityscapes, labels.py)."""
    if values.ndim != 2 or values.dtype != np.uint8:
        raise UserError(f"{name}: label ids are one channel of 8 bits; is it a colour image?")
    if values.max(initial=0) > HIGHEST_ID:
        raise UserError(
            f"{name}: value {values.max()} is no label id (0..{HIGHEST_ID}); the classes are made "
            "of the official labelIds, not of train ids"
        )
    return TRAIN_IDS[values]


def part_classes(values: np.ndarray, name: str) -> np.ndarray:
    """The 10 parts in a file of Panoptic Parts, whose numbers are class, instance (3 digits), part.

    Torso, head, arms and legs of people and riders are 1 to 4, windows, wheels, lights, licence
    plate and chassis of cars, lorries and buses 5 to 9, everything else 0 (Auto-Lambda).
    """
    if values.ndim != 2 or values.dtype.kind not in "iu":
        raise UserError(f"{name}: parts are one channel of whole numbers; is it a colour image?")
    low, high = values.min(initial=0), values.max(initial=0)
    if low < 0 or high > LONGEST_UID:
        raise UserError(
            f"{name}: value {low if low < 0 else high} is outside 0..{LONGEST_UID} (class, "
            "instance and part in up to seven digits)"
        )
    kinds, parts = values // 100_000, values % 100  # kinds are 0 where no part is given
    return PART_CLASSES[kinds * 100 + parts * (kinds > 0)]


def disparity(values: np.ndarray, name: str) -> np.ndarray:
    """Float32 pixels of a disparity file, (p - 1) / 256, and 0 where it is not known.

    Also infinitely far pixels (p = 1) are 0, which no loss and no metric looks at.
    """
    if values.ndim != 2 or values.dtype != np.uint16:
        raise UserError(f"{name}: disparities are one channel of 16 bits; was the file converted?")
    return np.maximum(values.astype(np.float32) - 1, 0) / np.float32(DISPARITY_STEPS)


def depth(disparity_HW: np.ndarray, camera: Source) -> np.ndarray:
    """Metres along the optical axis, baseline x focal length / disparity, 0 invalid."""
    baseline_pixels = _baseline_pixels(camera)
    known = disparity_HW > 0
    return np.where(known, baseline_pixels / np.where(known, disparity_HW, 1), 0).astype(np.float32)


def _baseline_pixels(camera: Source) -> float:
    """Baseline in metres times focal length in pixels."""
    try:
        about = json.loads(camera.data)
        value = float(about["extrinsic"]["baseline"]) * float(about["intrinsic"]["fx"])
    except (ValueError, KeyError, TypeError):
        value = 0.0
    if not 0 < value < float("inf"):
        raise UserError(
            f"{camera.path}: must be JSON with extrinsic.baseline (m) and intrinsic.fx (pixels)"
        )
    return value
