"""FAMO: weights under which all losses fall at the same rate, learnt from the losses alone.

Liu, Feng, Stone, Liu: FAMO: Fast Adaptive Multitask Optimization, NeurIPS 2023. Shapes: T tasks.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torchjd.scalarization import FAMO

from polytask.across_processes import mean
from polytask.training.state_files import State


class Famo:
    """torchjd's FAMO on the whole batch's losses (FAMO, Alg. 1); the library does not save it.

    The weights of a step are z_t / L_t over their sum with z = softmax of learnt logits. The
    logits follow how far each loss fell with the step, measured on the same batch.
    """

    def __init__(
        self, num_tasks: int, device: torch.device, lr: float = 0.025, weight_decay: float = 1e-3
    ) -> None:
        self.famo = FAMO(num_tasks, lr=lr, weight_decay=weight_decay).to(device)

    def __call__(self, losses: list[Tensor], model: nn.Module) -> tuple[Tensor, Tensor]:
        """The sum of w_t L_t and the w_t: FAMO's gradient by the mean losses of all processes."""
        del model
        losses_T = torch.stack(losses)
        whole_T = mean(losses_T.detach()).requires_grad_()
        [used_T] = torch.autograd.grad(self.famo(whole_T), whole_T)
        return (used_T * losses_T).sum(), used_T

    def after_step(self, losses_again: Callable[[], list[Tensor]]) -> None:
        """Learn from the losses of the same batch after the model's step."""
        self.famo.update(mean(torch.stack(losses_again())))

    def state(self) -> State:
        optimizer = self.famo._optimizer  # made with the first update
        return {
            "logits": self.famo.state_dict(),
            "optimizer": optimizer and optimizer.state_dict(),
        }

    def restore(self, state: State) -> None:
        self.famo.load_state_dict(state["logits"])
        if state["optimizer"] is not None:
            self.famo._optimizer = torch.optim.Adam([self.famo._w])
            self.famo._optimizer.load_state_dict(state["optimizer"])
