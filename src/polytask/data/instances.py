"""Objects of one image as tensors: for detection, instance and panoptic segmentation, and pose."""

from typing import TypedDict

import torch
from torch import Tensor

from polytask.data.objects import Objects


class Instances(TypedDict):
    """N objects of an image of H x W pixels; a batch holds a list with one of these per image.

    masks: bool (N, H, W), they may overlap.
    boxes: float32 (N, 4), left, top, right, bottom in pixels, right and bottom exclusive.
    classes: int64 (N,).
    crowd: bool (N,), a group that is one label: neither trained on nor counted as missed.
    areas: float32 (N,), pixels of the whole object as annotated, in the scale of this image.
    keypoints: float32 (N, 17, 3), x, y in pixels, and visibility: 0 not labelled, 1 hidden, 2 seen
        (COCO's joints, in its order); all 0 for what has none.
    """

    masks: Tensor
    boxes: Tensor
    classes: Tensor
    crowd: Tensor
    areas: Tensor
    keypoints: Tensor


def as_instances(objects: Objects) -> Instances:
    """The same objects as tensors."""
    return Instances(**{name: torch.from_numpy(values) for name, values in vars(objects).items()})
