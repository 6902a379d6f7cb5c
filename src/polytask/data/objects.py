"""Objects of one image as arrays, and what a view makes of them; as tensors: data.instances."""

from dataclasses import dataclass, replace

import numpy as np

from polytask.data.views import Size, View

NUM_JOINTS = 17
MIRRORED = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
"""COCO's joints in a mirror: left and right change places, the nose stays."""

MIN_VISIBLE = 4
"""Pixels that a view must show of an object so that a network is to find it."""


@dataclass(frozen=True)
class Objects:
    """N objects of an image of H x W pixels, as `data.instances.Instances` describes them.

    masks bool (N, H, W); boxes float32 (N, 4); classes int64 (N,); crowd bool (N,); areas float32
    (N,); keypoints float32 (N, 17, 3). Coordinates are those of edges between pixels: the middle of
    the first pixel is 0.5.
    """

    masks: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray
    crowd: np.ndarray
    areas: np.ndarray
    keypoints: np.ndarray

    def __len__(self) -> int:
        return len(self.masks)

    def pick(self, which: np.ndarray) -> "Objects":
        """Those where `which` (N,) is true, in their order."""
        return Objects(**{name: values[which] for name, values in vars(self).items()})


def from_masks(
    masks_NHW: np.ndarray, classes: np.ndarray, crowd: np.ndarray | None = None,
    keypoints: np.ndarray | None = None,
) -> Objects:  # fmt: skip
    """Objects of which the masks say all: the tightest boxes, areas in pixels.

    None is a crowd and none has joints unless `crowd` and `keypoints` say so. Every mask has a
    pixel.
    """
    count = len(masks_NHW)
    return Objects(
        masks=masks_NHW,
        boxes=boxes_around(masks_NHW),
        classes=np.asarray(classes, np.int64),
        crowd=np.zeros(count, bool) if crowd is None else crowd,
        areas=np.count_nonzero(masks_NHW, axis=(1, 2)).astype(np.float32),
        keypoints=np.zeros((count, NUM_JOINTS, 3), np.float32) if keypoints is None else keypoints,
    )


def boxes_around(masks_NHW: np.ndarray) -> np.ndarray:
    """The tightest boxes (N, 4) float32: left, top, right, bottom, the last two exclusive."""
    height, width = masks_NHW.shape[1:]
    rows_NH, columns_NW = masks_NHW.any(axis=2), masks_NHW.any(axis=1)
    sides = (
        columns_NW.argmax(axis=1),
        rows_NH.argmax(axis=1),
        width - columns_NW[:, ::-1].argmax(axis=1),
        height - rows_NH[:, ::-1].argmax(axis=1),
    )
    return np.stack(sides, axis=1).astype(np.float32)


def moved(objects: Objects, view: View, out_hw: Size, masks_Nhw: np.ndarray) -> Objects:
    """The objects in a view that shows `masks_Nhw` of them; all are kept.

    Boxes end where the view ends, joints beyond it count as not labelled, areas grow with the zoom.
    """
    scale = np.array([out_hw[1] / view.width, out_hw[0] / view.height])
    start = np.array([view.left, view.top])
    corners_N22 = (objects.boxes.reshape(-1, 2, 2) - start) * scale
    joints_NJ2 = (objects.keypoints[..., :2] - start) * scale
    seen_NJ = objects.keypoints[..., 2]
    if view.flip:
        corners_N22[..., 0] = out_hw[1] - corners_N22[:, ::-1, 0]
        joints_NJ2[..., 0] = out_hw[1] - joints_NJ2[..., 0]
        joints_NJ2, seen_NJ = joints_NJ2[:, MIRRORED], seen_NJ[:, MIRRORED]
    corner = (out_hw[1], out_hw[0])
    inside_NJ = (joints_NJ2 >= 0).all(axis=2) & (joints_NJ2 < corner).all(axis=2) & (seen_NJ > 0)
    keypoints_NJ3 = np.concatenate([joints_NJ2, seen_NJ[..., None]], axis=2)
    return replace(
        objects,
        masks=masks_Nhw,
        boxes=corners_N22.clip(0, corner).reshape(-1, 4).astype(np.float32),
        areas=objects.areas * np.float32(scale.prod()),
        keypoints=np.where(inside_NJ[..., None], keypoints_NJ3, 0).astype(np.float32),
    )


def without_slivers(objects: Objects) -> Objects:
    """Those of which at least `MIN_VISIBLE` pixels are left."""
    return objects.pick(np.count_nonzero(objects.masks, axis=(1, 2)) >= MIN_VISIBLE)
