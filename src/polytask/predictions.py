"""From raw network outputs to what a person looks at and a file holds."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize


def decode(task: str, values: Tensor, *, is_label: bool = False) -> np.ndarray:
    """Raw outputs (B,C,H,W), or the labels of a batch, as arrays.

    semseg, human_parts, sal: class ids uint8 (B,H,W), 255 where a label is unknown; edge:
    probability float16 (B,H,W); normals: unit float16 (B,H,W,3); depth: metres float16 (B,H,W).
    """
    if task in ("semseg", "human_parts", "sal"):
        ids = values if is_label else values.argmax(1)
        return ids.to(torch.uint8).numpy()
    if task == "edge":
        return (values if is_label else values.sigmoid())[:, 0].half().numpy()
    if task == "normals":
        return normalize(values.float(), dim=1).permute(0, 2, 3, 1).half().numpy()
    return values[:, 0].clamp_min(0).half().numpy()
