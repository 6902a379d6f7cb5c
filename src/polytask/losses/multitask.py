"""The loss of each task, and their weighted sum.

Weights w_t of the official code: semseg 1, human_parts 2, sal 5, edge 50, normals 10, depth 1.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from polytask.losses import dense


def task_loss(
    task: str, prediction: Tensor, labels: Mapping[str, Tensor], edge_pos_weight: float
) -> Tensor:
    """Loss of one task: its raw output (B, C, H, W) against `labels[task]` of the batch."""
    losses = {
        "semseg": dense.cross_entropy,
        "human_parts": dense.human_parts_cross_entropy,
        "sal": dense.balanced_cross_entropy,
        "edge": lambda logits, target: dense.balanced_binary_cross_entropy(
            logits, target, edge_pos_weight
        ),
        "normals": dense.normals_l1,
        "depth": dense.depth_l1,
    }
    return losses[task](prediction, labels[task])


def multi_task_loss(
    predictions: Mapping[str, Tensor],
    labels: Mapping[str, Tensor],
    weights: Mapping[str, float],
    edge_pos_weight: float,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Sum of w_t L_t over the predicted tasks, and each L_t before weighting (SAK, Eq. 6)."""
    parts = {
        task: task_loss(task, prediction, labels, edge_pos_weight)
        for task, prediction in predictions.items()
    }
    return torch.stack([weights[task] * loss for task, loss in parts.items()]).sum(), parts
