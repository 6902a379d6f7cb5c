"""Steps made of the tasks' gradients, weighted anew in each batch by how they point.

Each weighting is torchjd's: weights (T,) from the Gramian (T,T) of the gradients by all weights
that tasks share. Shapes: T tasks, P shared weights.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor, nn
from torchjd import aggregation
from torchjd.linalg import DualConeProjector, PSDMatrix

from polytask.training.balancing.gradients import jacobian, per_task
from polytask.training.state_files import State


class NonNegativeProjector(DualConeProjector):
    """UPGrad's projection by non-negative least squares: min v'Gv with v >= u is one in v - u.

    torchjd's own needs other packages, and adds 1e-4 of the trace to the diagonal, under which
    tasks with small gradients give way.
    """

    def __call__(self, U: Tensor, G: PSDMatrix) -> Tensor:
        gramian = G.detach().cpu().double().numpy()
        values, vectors = np.linalg.eigh(gramian)
        root = np.sqrt(values.clip(min=0))[:, None] * vectors.T
        rows = U.detach().cpu().double().numpy().reshape(-1, len(gramian))
        found = np.stack([u + nnls(root, -root @ u)[0] for u in rows])
        return torch.as_tensor(found.reshape(U.shape), dtype=G.dtype, device=G.device)


WEIGHTINGS: dict[str, Callable[..., Callable[[Tensor], Tensor]]] = {
    "pcgrad": aggregation.PCGradWeighting,
    "upgrad": lambda: aggregation.UPGradWeighting(projector=NonNegativeProjector()),
    "mgda": aggregation.MGDAWeighting,
    "imtl_g": aggregation.IMTLGWeighting,
    "aligned_mtl": aggregation.AlignedMTLWeighting,
    "fairgrad": lambda alpha=1.0, **rest: aggregation.FairGradWeighting(alpha, **rest),
}


class Aggregated:
    """Shared weights get sum_t w_t g_t, all others the gradient of the sum of the losses.

    `g_t` is the gradient of a task's loss in all processes. Nothing is kept between steps.
    """

    def __init__(self, method: str, **options: Any) -> None:
        self.weighting = WEIGHTINGS[method](**options)

    def __call__(self, losses: list[Tensor], model: nn.Module) -> tuple[Tensor, Tensor]:
        """The sum of the losses, with another gradient for shared weights, and the w_t."""
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        found, which = per_task(losses, weights)
        gradients_TP = jacobian(found, weights, which)
        del found
        shared = [weights[n] for n in which]
        used_T = self.weighting(gradients_TP @ gradients_TP.T)
        total = torch.stack(losses).sum()
        return total + _pull(shared, (used_T - 1) @ gradients_TP), used_T

    def after_step(self, losses_again: Callable[[], list[Tensor]]) -> None:
        """All is done with the batch's losses."""

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        del state


def _pull(weights: list[Tensor], gradient_P: Tensor) -> Tensor:
    """Zero, with this gradient by these weights."""
    pieces = gradient_P.split([weight.numel() for weight in weights])
    pairs = zip(weights, pieces, strict=True)
    value = torch.stack([(weight * piece.view_as(weight)).sum() for weight, piece in pairs]).sum()
    return value - value.detach()
