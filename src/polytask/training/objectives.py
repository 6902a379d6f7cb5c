"""What is minimised: the distillation of stage 1 and the multi-task objective of stage 2."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from polytask.across_processes import normal_like
from polytask.losses.distillation import distillation_loss
from polytask.losses.matching import Matching, distances, kept_teachers
from polytask.losses.multitask import LossConfig, multi_task_loss
from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel, Outputs
from polytask.models.sak import Student
from polytask.training.gates import mean_gates

Targets = Callable[[Mapping[str, Any]], dict[str, list[Tensor]]]


class DistillationObjective:
    """Match every teacher's maps at every level (stage 1; SAK, Eq. (5))."""

    def __init__(self, targets: Targets, alpha: float, beta: float) -> None:
        self.targets, self.alpha, self.beta = targets, alpha, beta

    def __call__(self, student: Student, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return self.loss(student(model_images(batch["image"])).aligned, batch)

    def loss(self, aligned: dict[str, list[Tensor]], batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """`{"loss": ..., teacher: ...}` of the student's maps (B, D, h, w)."""
        targets = self.targets(batch)
        with torch.autocast(batch["image"].device.type, enabled=False):
            student = {name: [m.float() for m in aligned[name]] for name in targets}
            total, parts = distillation_loss(student, targets, self.alpha, self.beta)
        return {"loss": total, **parts}


class ManyToOneObjective(DistillationObjective):
    """Match every teacher as `matching` says: students in the style of RADIO, Theia and UNIC.

    Teachers are dropped by noise that is a sample's own, however many processes share a batch.
    """

    def __init__(self, targets: Targets, matching: Matching) -> None:
        super().__init__(targets, matching.alpha, matching.beta)
        self.matching = matching

    def loss(self, aligned: dict[str, list[Tensor]], batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """`{"loss": ..., teacher: ...}` of the student's maps (B, D, h, w)."""
        targets = self.targets(batch)
        with torch.autocast(batch["image"].device.type, enabled=False):
            student = {name: [m.float() for m in aligned[name]] for name in targets}
            distances_BT = distances(student, targets, self.matching)
        counted_BT = distances_BT
        if probability := self.matching.teacher_dropping:
            noise_BT = normal_like(distances_BT.detach())
            counted_BT = distances_BT * kept_teachers(distances_BT, noise_BT, probability)
        each = dict(zip(targets, distances_BT.mean(dim=0), strict=True))
        return {"loss": counted_BT.sum(dim=1).mean(), **each}


class MultiTaskObjective:
    """gamma L_distill + sum_t w_t L_t (stage 2; SAK, Eq. (6)).

    `gamma` 0 (or no `distillation`) trains on the labels alone.
    """

    def __init__(
        self,
        task_weights: Mapping[str, float],
        losses: LossConfig,
        gamma: float = 0.0,
        distillation: DistillationObjective | None = None,
    ) -> None:
        self.task_weights = dict(task_weights)
        self.losses = losses
        self.gamma = gamma
        self.distillation = distillation if gamma else None

    def __call__(self, model: MultiTaskModel, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return self.outputs_and_parts(model, batch)[1]

    def outputs_and_parts(
        self, model: MultiTaskModel, batch: Mapping[str, Any]
    ) -> tuple[Outputs, dict[str, Tensor]]:
        """What the model says of a batch, and the objective's `{"loss": ..., **parts}`.

        Where the model has routers, their mean gates are among the parts.
        """
        outputs, total, per_task = self.losses_of(model, batch)
        with torch.autocast(batch["image"].device.type, enabled=False):
            total, more = self.balanced(model, total, per_task)
        parts = {"tasks": total, **per_task, **more}
        if outputs.gates:
            parts |= mean_gates(outputs.gates, model.fusion.levels, model.fusion.experts)
        if self.distillation is not None:
            distilled = self.distillation.loss(outputs.representations.aligned, batch)
            parts["distillation"] = distilled["loss"]
            total = total + self.gamma * distilled["loss"]
        return outputs, {"loss": total, **parts}

    def losses_of(
        self, model: MultiTaskModel, batch: Mapping[str, Any]
    ) -> tuple[Outputs, Tensor, dict[str, Tensor]]:
        """What the model says of a batch, the sum of w_t L_t, and each L_t before weighting."""
        outputs = model(model_images(batch["image"]), list(self.task_weights))
        with torch.autocast(batch["image"].device.type, enabled=False):
            predictions = {task: value.float() for task, value in outputs.predictions.items()}
            total, per_task = multi_task_loss(predictions, batch, self.task_weights, self.losses)
        return outputs, total, per_task

    def balanced(
        self, model: MultiTaskModel, total: Tensor, per_task: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The task losses as one, and what to report of it: here their sum, and nothing."""
        del model, per_task
        return total, {}
