"""What a job takes: FLOPs, disk and memory, from what an image costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from polytask.pipeline.arguments import build
from polytask.price.costs import Cost
from polytask.price.jobs import Job
from polytask.training.checkpoints import KEPT
from polytask.training.config import FitConfig

WEIGHT = 4
"""Bytes of a weight, of its gradient, and of each of AdamW's two moments: float32."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A job's FLOPs and bytes; None where they are not known.

    `written` stays, `checkpoints` are kept while the job runs, `memory` is that of each device.
    """

    flops: float | None = None
    written: float | None = None
    checkpoints: float | None = None
    memory: float | None = None


UNKNOWN = Work()


@dataclass(frozen=True, kw_only=True)
class Devices:
    """How many there are, and whether activations are kept in half precision."""

    count: int
    half: bool

    def of(self, job: Job) -> int:
        """How many a job takes: as many as it asks for, if they are there."""
        return min(self.count, max(1, job.gpus))


@dataclass(frozen=True)
class Beside:
    """Frozen models that run in every step: FLOPs per image, and their parameters."""

    flops: float = 0.0
    parameters: int = 0


def fit_of(config: Mapping[str, Any]) -> FitConfig:
    """The `fit` section of a job."""
    return build(FitConfig, dict(config["fit"]), "fit")


def training(job: Job, cost: Cost, devices: Devices, beside: Beside | None = None) -> Work:
    """A training by AdamW for all steps of `fit`, whose file holds the model.

    Memory is weights, gradients, moments and the activations of what a device computes at once.
    The last is an estimate: what the forward pass keeps, in half precision half of that, without
    the working space of operators and what the allocator wastes.
    """
    fit, beside = fit_of(job.config), beside or Beside()
    at_once = fit.batch_size / devices.of(job)
    if fit.images_at_once:
        at_once = min(at_once, fit.images_at_once)
    activations = at_once * cost.count.kept_bytes * (0.5 if devices.half else 1.0)
    weights = WEIGHT * (cost.parameters + beside.parameters)
    state = WEIGHT * (cost.parameters + 2 * cost.trained)
    return Work(
        flops=fit.steps * fit.batch_size * (cost.count.flops + beside.flops),
        written=cost.file_bytes,
        checkpoints=KEPT * state if fit.steps else 0,
        memory=weights + 3 * WEIGHT * cost.trained + activations,
    )


def looking(
    images: int | None, flops: float, parameters: int, written: float | None = None
) -> Work:
    """Forward passes over images, `flops` for each; memory is that of the weights alone."""
    total = None if images is None else images * flops
    return Work(flops=total, written=written, memory=WEIGHT * parameters)
