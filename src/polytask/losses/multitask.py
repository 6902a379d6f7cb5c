"""The loss of each task, by its kind, and their weighted sum.

Weights w_t of the official code: semseg 1, human_parts 2, sal 5, edge 50, normals 10, depth 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from polytask.losses import dense, depth
from polytask.losses.counts import counts_of
from polytask.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What a data set or paper chooses: the weight of boundary pixels, the distance of normals and
    that of depths.
    """

    edge_pos_weight: float
    normals_loss: Literal["l1", "raw_l1", "dot_product"] = "l1"
    depth_loss: Literal["l1", "berhu", "rotated"] = "l1"


def task_loss(
    task: str, prediction: Tensor, labels: Mapping[str, Tensor], config: LossConfig
) -> Tensor:
    """Loss of one task: its raw output (B, C, H, W) against `labels[task]` of the batch.

    Labels of a part of a batch come with the counts of the whole of it (`losses.counts`).
    """
    normals = {
        "l1": dense.normals_l1,
        "raw_l1": dense.normals_raw_l1,
        "dot_product": dense.normals_dot_product,
    }
    depths = {
        "l1": dense.positive_l1,
        "berhu": depth.reverse_huber,
        "rotated": depth.rotated_l1,
    }
    own = {
        "human_parts": dense.human_parts_cross_entropy,
        "sal": dense.balanced_cross_entropy,
        "depth": depths[config.depth_loss],
    }
    of_kind = {
        "classes": dense.cross_entropy,
        "binary": lambda logits, target, counts: dense.balanced_binary_cross_entropy(
            logits, target, config.edge_pos_weight, counts
        ),
        "unit_vectors": normals[config.normals_loss],
        "positive": dense.positive_l1,
        "regression": dense.regression_l1,
    }
    loss = own.get(task) or of_kind[TASKS[task].kind]
    return loss(prediction, labels[task], counts_of(labels, task))


def multi_task_loss(
    predictions: Mapping[str, Tensor],
    labels: Mapping[str, Tensor],
    weights: Mapping[str, float],
    config: LossConfig,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Sum of w_t L_t over the predicted tasks, and each L_t before weighting (SAK, Eq. 6)."""
    parts = {
        task: task_loss(task, prediction, labels, config)
        for task, prediction in predictions.items()
    }
    return torch.stack([weights[task] * loss for task, loss in parts.items()]).sum(), parts
