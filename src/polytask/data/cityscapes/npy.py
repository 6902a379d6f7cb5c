"""Cityscapes at 128 x 256 as MTAN prepared it, with the parts and the splits that SIMO added.

{train,val}/{image,label_19,part_seg,depth}/{i}.npy: label_19 and part_seg (H, W) -1 ignored, depth
(H, W, 1) disparity, 0 invalid. MTAN's own copy has label_2, label_7 and label_19 and no parts.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from polytask.data.cityscapes.labels import CLASSES
from polytask.data.labels import read_label
from polytask.data.layout import Source
from polytask.data.mtan import NumberedFolders
from polytask.data.views import Size
from polytask.errors import UserError

LABELS = ("label_19", "label_7", "label_2")


class CityscapesNpyLayout(NumberedFolders):
    """SIMO's `simo_train` and `simo_val` are drawn from the 2975 `train` images; it tests on `val`.

    Of several folders with classes the one with the most counts.
    """

    title = "Cityscapes npy"
    sign = "train/image/*.npy beside label_19/ or part_seg/"
    folders: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "semseg": LABELS,
        "part_segmentation": ("part_seg",),
        "disparity": ("depth",),
    }
    own = frozenset({*LABELS, "part_seg"})
    drawn_from = "train"
    drawn: ClassVar[Mapping[str, int]] = {"simo_train": 2380, "simo_val": 595}

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        if task != "disparity":
            return super().decode_label(task, sources, num_classes, image_hw)
        name = sources[0].path
        return _disparity(read_label(task, sources[0].data, name, image_hw), name)

    def class_names(self, num_classes: int) -> list[str] | None:
        return list(CLASSES.values()) if num_classes == len(CLASSES) else None


def _disparity(values: np.ndarray, name: str) -> np.ndarray:
    """Disparities as they stand there; infinite ones and NaN are invalid."""
    if values.dtype.kind != "f":
        raise UserError(f"{name}: disparities must be floating-point numbers, not {values.dtype}")
    if (values < 0).any():
        raise UserError(
            f"{name}: disparity {np.nanmin(values):g} is negative; 0 marks invalid pixels here "
            "(-1 in copies made for Auto-Lambda)"
        )
    return np.where(np.isfinite(values), values, values.dtype.type(0))
