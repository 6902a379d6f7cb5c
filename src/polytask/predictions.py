"""From raw network outputs to what a person looks at and a file holds."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize

from polytask.tasks import TASKS


def decode(task: str, values: Tensor, *, is_label: bool = False) -> np.ndarray:
    """Raw outputs (B,C,H,W), or the labels of a batch, as arrays.

    By the task's kind: classes: ids uint8 (B,H,W), 255 where a label is unknown; binary:
    probability float16 (B,H,W); unit_vectors: unit float16 (B,H,W,3); positive: float16 (B,H,W),
    not below 0; regression: float16 (B,H,W) or, of several channels, (B,H,W,C), NaN where a label
    is unknown.
    """
    kind = TASKS[task].kind
    if kind == "classes":
        ids = values if is_label else values.argmax(1)
        return ids.to(torch.uint8).numpy()
    if kind == "binary":
        return (values if is_label else values.sigmoid())[:, 0].half().numpy()
    if kind == "unit_vectors":
        return normalize(values.float(), dim=1).permute(0, 2, 3, 1).half().numpy()
    if kind == "positive":
        return values[:, 0].clamp_min(0).half().numpy()
    return one_or_more_channels(values).half().numpy()


def one_or_more_channels(values: Tensor) -> Tensor:
    """(B,C,H,W) as (B,H,W) where C is one, else as (B,H,W,C)."""
    return values[:, 0] if values.shape[1] == 1 else values.permute(0, 2, 3, 1)


def enlarged(task: str, values: Tensor, size: tuple[int, int]) -> np.ndarray:
    """Raw outputs (1,C,h,w) of a task, bilinearly enlarged to `size` and decoded.

    Unit vectors are unit before they are interpolated; quantities keep float32.
    """
    kind = TASKS[task].kind
    if kind == "classes":
        return largest_channel(values, size)
    if kind == "unit_vectors":
        values = normalize(values, dim=1)
    values = interpolate(values, size=size, mode="bilinear", align_corners=False)
    if kind == "positive":
        return values[0, 0].clamp_min(0).numpy()
    if kind == "regression":
        return one_or_more_channels(values)[0].numpy()
    return decode(task, values)[0]


def largest_channel(values: Tensor, size: tuple[int, int]) -> np.ndarray:
    """Argmax over the channels of (1,C,h,w) once enlarged to `size`, as uint8 (H,W).

    One channel at a time: all of a large photo at once would take gigabytes.
    """
    best = torch.full(size, -torch.inf)
    ids = torch.zeros(size, dtype=torch.uint8)
    for channel in range(values.shape[1]):
        one = values[:, channel : channel + 1]
        one = interpolate(one, size=size, mode="bilinear", align_corners=False)[0, 0]
        ids[one > best] = channel
        torch.maximum(best, one, out=best)
    return ids.numpy()


def data_files(found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What to work with, by file name: integers for a .png, float32 for an .npy.

    The picture of a task whose label is the image itself is all there is of it.
    """
    files: dict[str, np.ndarray] = {}
    for task, values in found.items():
        kind = TASKS[task].kind
        if kind == "classes":
            files[f"{task}_ids.png"] = values.astype(np.uint8)
        elif kind == "binary":
            files[f"{task}_probability.png"] = _bytes(255 * values.astype(np.float32))
        elif kind == "unit_vectors":
            files[f"{task}_xyz.png"] = _bytes((values.astype(np.float32) + 1) * 127.5)
        elif task == "depth":
            files["depth_mm.png"] = (values * 1000).round().clip(0, 65535).astype(np.uint16)
        elif TASKS[task].of_image != "colours":
            files[f"{task}.npy"] = values.astype(np.float32)
    return files


def _bytes(values: np.ndarray) -> np.ndarray:
    return values.round().astype(np.uint8)
