"""What Argus minimises: the weighted sum over tasks in stage 1, one task's loss in stage 2."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from polytask.argus.decoder import Decoder, Features
from polytask.argus.files import Adapted, Pretrained
from polytask.training.balancing.objective import Balancing, Draws, generators, losses_again
from polytask.training.micro_batches import SOURCES
from polytask.training.state_files import State


def loss_of(decoder: Decoder, features: Features, batch: Mapping[str, Any]) -> Tensor:
    """The sum of a decoder's weighted losses; decoders compute them in float32 under autocast."""
    return torch.stack([part.float() for part in decoder.losses(features, batch).values()]).sum()


class PretrainingObjective:
    """sum_t lambda_t l_t over the tasks of all sources of a step (Argus, Eq. (1)).

    `tasks` are those of each source. The backbone runs once per source. Tasks that a step does not
    see report 0, so that means over steps say how much of the loss is theirs.
    """

    def __init__(
        self, tasks: Mapping[str, tuple[str, ...]], task_weights: Mapping[str, float]
    ) -> None:
        self.tasks = dict(tasks)
        self.task_weights = {task: task_weights[task] for each in tasks.values() for task in each}

    def __call__(self, model: Pretrained, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        losses = self.losses_of(model, batch)
        total, also = self.summed(model, self.weighted(losses))
        unseen = {task: total.new_zeros(()) for task in self.task_weights}
        return {"loss": total, **unseen, **losses, **also}

    def losses_of(self, model: Pretrained, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """l_t of every task of the batch."""
        losses = {}
        for name, images in batch[SOURCES].items():
            features = model.backbone(images["image"])
            for task in self.tasks[name]:
                losses[task] = loss_of(model.decoders[task], features, images)
        return losses

    def weighted(self, losses: Mapping[str, Tensor]) -> list[Tensor]:
        return [self.task_weights[task] * loss for task, loss in losses.items()]

    def summed(self, model: Pretrained, weighted: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """The losses as one, and what to report of it: here their sum, and nothing."""
        del model
        return torch.stack(weighted).sum(), {}


class BalancedPretraining(PretrainingObjective):
    """The same with learnt weights (Argus, Table 4), reported as `weight_TASK`."""

    def __init__(self, *arguments: Any, balancing: Balancing) -> None:
        super().__init__(*arguments)
        self.balancing = balancing
        self.draws: Draws | None = None

    def __call__(self, model: Pretrained, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        self.draws = generators(next(model.parameters()).device)
        return super().__call__(model, batch)

    def summed(self, model: Pretrained, weighted: list[Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        total, used_T = self.balancing(weighted, model)
        names = [f"weight_{task}" for task in self.task_weights]
        return total, dict(zip(names, used_T, strict=True))

    def after_step(self, model: Pretrained, batch: Mapping[str, Any]) -> None:
        """What the balancing learns from a step that was made on `batch`."""

        def losses() -> list[Tensor]:
            return self.weighted(self.losses_of(model, batch))

        self.balancing.after_step(losses_again(model, losses, self.draws))

    def state(self) -> State:
        return self.balancing.state()

    def restore(self, state: State) -> None:
        self.balancing.restore(state)


class AdaptationObjective:
    """The loss of one task on the maps that `features` gives of a batch (stage 2)."""

    def __init__(self, task: str, features: Callable[[Mapping[str, Any]], Features]) -> None:
        self.task, self.features = task, features

    def __call__(self, model: Adapted, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        loss = loss_of(model.decoder, self.features(batch), batch)
        return {"loss": loss, self.task: loss}
