"""Predictions for a resized photo, as they are in the pixels of the photo itself."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from polytask.predictions import enlarged
from polytask.tasks import TASKS

Hw = tuple[int, int]
"""Height and width in pixels."""


def at_photo(label: str, task: str, said: Any, seen_hw: Hw, photo_hw: Hw) -> Any:
    """What a decoder for `label` said of an image of `seen_hw`, for the photo of `photo_hw`.

    Boxes are scaled, masks and segment ids take the nearest pixel, maps are interpolated, outputs
    of dense tasks are decoded. What is said of whole images stays.
    """
    if label in TASKS:
        return enlarged(label, said[None], photo_hw)
    if label == "instances":
        return _objects(said, seen_hw, photo_hw)
    if label == "panoptic":
        ids = torch.as_tensor(said["ids"])[None]
        return {**said, "ids": nearest(ids, photo_hw)[0]}
    if label == "anomaly":
        map_HW = torch.as_tensor(said["map"])[None, None]
        large = interpolate(map_HW, size=photo_hw, mode="bilinear", align_corners=False)
        return {**said, "map": large[0, 0].numpy()}
    return said


def nearest(values_Nhw: Tensor, size: Hw) -> Tensor:
    """Values (N,h,w) of any type at `size`, each from the pixel that lies below its middle."""
    rows, columns = (
        ((torch.arange(new) + 0.5) * old / new).long()
        for new, old in zip(size, values_Nhw.shape[-2:], strict=True)
    )
    return values_Nhw[:, rows][:, :, columns]


def _objects(said: Mapping[str, Tensor], seen_hw: Hw, photo_hw: Hw) -> dict[str, Tensor]:
    down, across = (new / old for new, old in zip(photo_hw, seen_hw, strict=True))
    found = {**said, "boxes": said["boxes"] * torch.tensor([across, down, across, down])}
    if "masks" in said:
        found["masks"] = nearest(said["masks"], photo_hw)
    return found
