"""What frozen features know: a ridge regression per task, solved in closed form.

Every token predicts its own piece of the label map in `cells` x `cells` cells, from its features
at all levels side by side. Regression, not gradient descent: there is no schedule to be unfair.
Shapes: B images, D width of all levels together, C outputs of a task, h w patches, T tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.known_pixels import known_pixels
from polytask.tasks import TASKS

CELLS_OF_KIND = {"binary": 8, "regression": 8}
CELLS = {name: CELLS_OF_KIND.get(task.kind, 2) for name, task in TASKS.items()} | {"sal": 4}
"""Cells per side of a token; edges and images need pixels, a surface or a class needs quarters."""
RIDGE = 1e-3
"""Strength of the penalty, relative to the features' own variance per token."""
LOWEST = 1e-4
"""Probabilities are kept this far from 0 and 1 before they become logits."""


def dense_target(task: str, labels: Tensor, num_channels: int) -> tuple[Tensor, Tensor]:
    """What is regressed per pixel, (B,C,H,W), and where it is known, (B,1,H,W) in {0,1}.

    Classes are one-hot, the others as they are.
    """
    known = known_pixels(task, labels)
    if TASKS[task].kind == "classes":
        one_hot = F.one_hot(torch.where(known, labels, 0).long(), num_channels)
        return one_hot.permute(0, 3, 1, 2).float(), known[:, None].float()
    return torch.where(known, labels, 0.0).float(), known.float()


def cell_means(
    values_BCHW: Tensor, known_B1HW: Tensor, grid: tuple[int, int], cells: int
) -> tuple[Tensor, Tensor]:
    """Means over the known pixels of every cell as (T, C*cells^2), and tokens (T,) fully known."""
    size = grid[0] * cells, grid[1] * cells
    share = F.adaptive_avg_pool2d(known_B1HW, size)
    means = F.adaptive_avg_pool2d(values_BCHW * known_B1HW, size) / share.clamp_min(1e-6)
    tokens = F.pixel_unshuffle(means, cells).permute(0, 2, 3, 1).flatten(0, 2)
    usable = F.pixel_unshuffle(share, cells).amin(dim=1).flatten() > 0
    return tokens, usable


def token_rows(features: Sequence[Tensor]) -> Tensor:
    """Features (B,D_l,h,w) of all levels side by side as rows (T, D+1) with a constant 1 last."""
    rows = torch.cat([level.float() for level in features], dim=1).permute(0, 2, 3, 1)
    return F.pad(rows.flatten(0, 2), (0, 1), value=1.0)


@dataclass
class Moments:
    """X^T X (D+1,D+1) and X^T Y (D+1,O) of the rows seen so far, in float64."""

    gram: Tensor
    cross: Tensor


class RidgeProbe:
    """Ridge regression of every task from frozen multi-level features, fitted in one pass.

    `channels` gives C per task. The penalty
    is relative to each feature's variance, as if features had been standardised.
    """

    def __init__(
        self,
        channels: Mapping[str, int],
        cells: Mapping[str, int] = CELLS,
        ridge: float = RIDGE,
    ) -> None:
        self.channels, self.cells, self.ridge = dict(channels), dict(cells), ridge
        self.moments: dict[str, Moments] = {}
        self.weights: dict[str, Tensor] = {}

    def update(self, features: Sequence[Tensor], batch: Mapping[str, Any]) -> None:
        """Add a batch: features (B,D,h,w) per level, and the labels of every task."""
        rows, grid = token_rows(features), tuple(features[0].shape[-2:])
        gram = (rows.T @ rows).double()
        for task, num_channels in self.channels.items():
            values, known = dense_target(task, batch[task], num_channels)
            targets, usable = cell_means(values, known, grid, self.cells[task])
            unknown = rows[~usable]
            moments = Moments(
                gram - (unknown.T @ unknown).double(), (rows[usable].T @ targets[usable]).double()
            )
            if task in self.moments:
                moments.gram += self.moments[task].gram
                moments.cross += self.moments[task].cross
            self.moments[task] = moments

    def solve(self) -> "RidgeProbe":
        """Fit the weights (D+1,O) of every task. Raises UserError for a task without labels."""
        for task, moments in self.moments.items():
            weights = ridge_weights(moments.gram, moments.cross, self.ridge, task)
            if TASKS[task].kind == "classes" and task != "sal":  # the highest score wins
                shares = moments.cross[-1] / moments.gram[-1, -1]
                weights /= class_scale(shares.float(), self.channels[task])
            self.weights[task] = weights
        return self

    def predict(self, features: Sequence[Tensor], size: tuple[int, int]) -> dict[str, Tensor]:
        """Raw predictions (B,C,H,W) of every task at `size`, as a network's heads emit them."""
        rows, grid = token_rows(features), tuple(features[0].shape[-2:])
        predictions = {}
        for task, weights in self.weights.items():
            flat = (rows @ weights).unflatten(0, (-1, *grid)).permute(0, 3, 1, 2)
            maps = F.pixel_shuffle(flat, self.cells[task])
            if maps.shape[-2:] != size:
                maps = F.interpolate(maps, size=size, mode="bilinear", align_corners=False)
            predictions[task] = _as_output(task, maps)
        return predictions


def ridge_weights(gram: Tensor, cross: Tensor, ridge: float, task: str = "") -> Tensor:
    """Solve (X^T X + ridge n diag(var)) W = X^T Y; the constant, last, is not penalised.

    Raises UserError where no row was seen.
    """
    count = gram[-1, -1]
    if count <= 0:
        raise UserError(f"probe: no token with labels of {task}; give labelled images")
    mean, mean_square = gram[-1, :-1] / count, gram.diagonal()[:-1] / count
    variance = (mean_square - mean**2).clamp_min(0)
    floor = 1e-6 * mean_square + 1e-12  # a feature that never changes must not be singular
    penalty = F.pad(ridge * count * (variance + floor), (0, 1))
    return torch.linalg.solve(gram + penalty.diag(), cross).float()


def class_scale(shares_O: Tensor, num_classes: int) -> Tensor:
    """The square root of every class's share of the pixels, for each of its cells: (O,).

    Scores are divided by it, so that a rare class is not drowned by the background.
    """
    shares = shares_O.view(num_classes, -1).mean(dim=1, keepdim=True).clamp_min(LOWEST)
    return shares.sqrt().expand(-1, shares_O.numel() // num_classes).flatten()


def _as_output(task: str, maps_BCHW: Tensor) -> Tensor:
    """Turn regressed probabilities into logits; the other outputs are used as they are."""
    if task == "sal":
        return maps_BCHW.clamp(LOWEST, 1 - LOWEST).log()
    if TASKS[task].kind == "binary":
        return maps_BCHW.clamp(LOWEST, 1 - LOWEST).logit()
    return maps_BCHW
