"""GradNorm: weights under which no task's gradient runs ahead of the others.

Chen, Badrinarayanan, Lee, Rabinovich: GradNorm: Gradient Normalization for Adaptive Loss Balancing
in Deep Multitask Networks, ICML 2018. Shapes: T tasks.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from polytask.across_processes import mean
from polytask.models.multitask import MultiTaskModel
from polytask.training.balancing.gradients import jacobian, per_task
from polytask.training.state_files import State


def target_norms(norms_T: Tensor, ratios_T: Tensor, alpha: float) -> Tensor:
    """What norms the tasks' gradients should have: mean(G) r_i^alpha (GradNorm, Eq. (1)).

    `ratios_T` are L_i / L_i(0); r_i is such a ratio over their mean: above 1 for a slow task.
    """
    return norms_T.mean() * (ratios_T / ratios_T.mean()) ** alpha


def gradnorm_loss(weights_T: Tensor, norms_T: Tensor, ratios_T: Tensor, alpha: float) -> Tensor:
    """Distance of the weighted gradients' norms from their targets (GradNorm, Eq. (2)).

    `norms_T` are those of the losses before weighting. The targets are constants.
    """
    weighted = weights_T * norms_T
    return (weighted - target_norms(weighted, ratios_T, alpha).detach()).abs().sum()


def last_shared_layer(model: MultiTaskModel) -> list[Tensor]:
    """The weights of the last block that heads read."""
    return [weight for weight in model.student.last_block.parameters() if weight.requires_grad]


class GradNorm:
    """Weights that start at 1, take a step of Adam a batch, and always sum to the number of tasks.

    A batch is weighted before its step. The first batch's losses are the L_i(0).
    """

    def __init__(
        self,
        num_tasks: int,
        device: torch.device,
        alpha: float = 1.5,
        lr: float = 0.025,
        layer: Callable[[nn.Module], list[Tensor]] = last_shared_layer,
    ) -> None:
        self.weights_T = torch.ones(num_tasks, device=device, requires_grad=True)
        self.optimizer = torch.optim.Adam([self.weights_T], lr=lr)
        self.first_T: Tensor | None = None
        self.alpha, self.layer = alpha, layer

    def __call__(self, losses: list[Tensor], model: nn.Module) -> tuple[Tensor, Tensor]:
        """The sum of w_t L_t and the w_t."""
        used_T = self.weights_T.detach().clone()
        layer = self.layer(model)
        found, _ = per_task(losses, layer)
        norms_T = jacobian(found, layer, range(len(layer))).norm(dim=1)
        losses_T = torch.stack(losses)
        self._step(mean(losses_T.detach()), norms_T)
        return (used_T * losses_T).sum(), used_T

    def after_step(self, losses_again: Callable[[], list[Tensor]]) -> None:
        """All is done with the batch's losses."""

    def _step(self, losses_T: Tensor, norms_T: Tensor) -> None:
        if self.first_T is None:
            self.first_T = losses_T.clamp(min=1e-8)
        with torch.enable_grad():
            loss = gradnorm_loss(self.weights_T, norms_T, losses_T / self.first_T, self.alpha)
            self.weights_T.grad = torch.autograd.grad(loss, self.weights_T)[0]
        self.optimizer.step()
        with torch.no_grad():
            self.weights_T.clamp_(min=0)
            self.weights_T *= len(losses_T) / self.weights_T.sum()

    def state(self) -> State:
        return {
            "weights": self.weights_T.detach(), "first": self.first_T,
            "optimizer": self.optimizer.state_dict(),
        }  # fmt: skip

    def restore(self, state: State) -> None:
        with torch.no_grad():
            self.weights_T.copy_(state["weights"])
        self.first_T = None if state["first"] is None else state["first"].to(self.weights_T.device)
        self.optimizer.load_state_dict(state["optimizer"])
