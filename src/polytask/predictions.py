"""From raw network outputs to what a person looks at and a file holds."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

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
