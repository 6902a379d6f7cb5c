"""Unsupervised domain adaptation: outputs on an unlabelled domain are to look like the source's.

VTA says "output-level adversarial training" and no more. Shapes: B images, C channels, H W pixels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel
from polytask.tasks import TASKS
from polytask.training.micro_batches import SOURCES
from polytask.training.objectives import MultiTaskObjective
from polytask.training.state import Learning
from polytask.training.state_files import State

SOURCE, TARGET = "source", "target"
"""The labelled and the unlabelled domain of a batch."""


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig:
    """How strongly the discriminator's gradient pulls, and the channels of its first layer."""

    weight: float
    width: int


class _Reversed(torch.autograd.Function):
    """The identity, whose gradient is multiplied by -scale."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return values.view_as(values)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return -ctx.scale * gradient, None


def reversed_gradient(values: Tensor, scale: float) -> Tensor:
    """`values` as they are; what lies before them climbs a loss, `scale` times as fast.

    Ganin et al.: Domain-Adversarial Training of Neural Networks, JMLR 2016.
    """
    return _Reversed.apply(values, scale)


def comparable(predictions: Mapping[str, Tensor]) -> Tensor:
    """Raw outputs (B,C,H,W) of all tasks as one map (B,sum C,H,W) of values in [-1, 1].

    By a task's kind: probabilities, unit vectors, and x / (1 + |x|) of quantities.
    """
    return torch.cat([_bounded(task, values.float()) for task, values in predictions.items()], 1)


def _bounded(task: str, values: Tensor) -> Tensor:
    kind = TASKS[task].kind
    if kind == "classes":
        return values.softmax(dim=1)
    if kind == "binary":
        return values.sigmoid()
    return F.normalize(values, dim=1) if kind == "unit_vectors" else F.softsign(values)


class Discriminator(nn.Sequential):
    """A logit per patch of outputs (B,C,H,W): positive for the source, negative for the target.

    Three strided convolutions of 4 x 4, each twice as wide as the one before, and a linear one.
    """

    def __init__(self, num_channels: int, width: int) -> None:
        layers: list[nn.Module] = []
        for before, after in pairwise((num_channels, width, 2 * width, 4 * width)):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        super().__init__(*layers, nn.Conv2d(4 * width, 1, 1))


class Contest(nn.Module):
    """What is trained: a model, and beside it a discriminator that is no part of it."""

    def __init__(self, model: MultiTaskModel, discriminator: Discriminator) -> None:
        super().__init__()
        self.model, self.discriminator = model, discriminator


def discrimination(
    source_BCHW: Tensor, target_BCHW: Tensor, discriminator: nn.Module, weight: float
) -> tuple[Tensor, Tensor]:
    """The discriminator's cross entropy and its accuracy, both domains counting alike.

    It goes down the loss; the target's outputs go up it, `weight` times as fast, to be taken for
    the source's. The source's outputs are only looked at.
    """
    maps = torch.cat([source_BCHW.detach(), reversed_gradient(target_BCHW, weight)])
    source, target = discriminator(maps).float().split([len(source_BCHW), len(target_BCHW)])
    loss = (F.softplus(-source).mean() + F.softplus(target).mean()) / 2
    right = ((source > 0).float().mean() + (target <= 0).float().mean()) / 2
    return loss, right


class AdversarialObjective:
    """The objective of the labelled source, and the contest about the target's outputs (VTA, 4).

    Batches are {SOURCES: {SOURCE: ..., TARGET: ...}}; of the target only images are looked at.
    """

    def __init__(self, objective: MultiTaskObjective, weight: float) -> None:
        self.objective, self.weight = objective, weight

    def __call__(self, contest: Contest, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        of = batch[SOURCES]
        said, parts = self.objective.outputs_and_parts(contest.model, of[SOURCE])
        unlabelled = contest.model(model_images(of[TARGET]["image"]), list(said.predictions))
        loss, accuracy = discrimination(
            comparable(said.predictions), comparable(unlabelled.predictions),
            contest.discriminator, self.weight,
        )  # fmt: skip
        return {
            **parts, "loss": parts["loss"] + loss, "adversarial": loss,
            "discriminator_accuracy": accuracy,
        }  # fmt: skip

    def after_step(self, contest: Contest, batch: Mapping[str, Any]) -> None:
        if isinstance(self.objective, Learning):
            self.objective.after_step(contest.model, batch[SOURCES][SOURCE])

    def state(self) -> State:
        return self.objective.state() if isinstance(self.objective, Learning) else {}

    def restore(self, state: State) -> None:
        if isinstance(self.objective, Learning):
            self.objective.restore(state)
