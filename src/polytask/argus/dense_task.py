"""How a dense task of polytask.tasks becomes a task of Argus."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from polytask.argus.decoder import LabelSpace
from polytask.argus.decoders.dpt import DPTDecoder
from polytask.argus.decoders.upernet import UperNetDecoder
from polytask.argus.task import Builder, VisionTask
from polytask.drawing.colours import colourise
from polytask.errors import UserError
from polytask.metrics.multitask import task_metric
from polytask.predictions import decode
from polytask.protocols import PROTOCOLS, Protocol, protocol_of
from polytask.tasks import TASKS

OPACITY = 0.6
"""Of a label map over its image."""


def dense_task(name: str, *, decoder: str) -> VisionTask:
    """The task `name` with DPT and UperNet to choose from, `decoder` ("upernet", "dpt") by default.

    Its number is that of the task's default protocol.
    """
    shown = _default(name)
    builders: dict[str, Builder] = {
        "upernet": partial(UperNetDecoder, name),
        "dpt": partial(DPTDecoder, name),
    }
    return VisionTask(
        name=name,
        title=TASKS[name].title,
        label=name,
        metric_name=shown.metric,
        unit=shown.unit,
        higher_is_better=shown.higher_is_better,
        decoders={decoder: builders.pop(decoder), **builders},
        metric=partial(DenseMetric, name),
        draw=partial(draw, name),
    )


class DenseMetric:
    """The metric of a dense task by the protocol that a data set chose for it, image by image.

    Protocols that average batches average images. Raises UserError for a protocol that measures
    something else than the task's number: tables could not show it beside others.
    """

    def __init__(self, task: str, space: LabelSpace) -> None:
        chosen = space.protocols or {}
        self.task, self.name = task, protocol_of(task, chosen).metric
        shown = _default(task)
        if self.name != shown.metric:
            fitting = [p.name for p in PROTOCOLS[task].values() if p.metric == shown.metric]
            raise UserError(
                f"protocols.{task}: {chosen[task]!r} does not measure {shown.metric}; "
                f"choose one of {', '.join(fitting)}"
            )
        self.metric = task_metric(task, len(space.classes), space.edge_max_dist, chosen)

    def update(self, prediction: Tensor, sample: Mapping[str, Any]) -> None:
        """Count raw outputs (C,H,W) of one image against its label."""
        self.metric.update(prediction[None], sample[self.task][None])

    def compute(self) -> dict[str, float]:
        return {self.name: self.metric.compute()}


def draw(task: str, pixels: np.ndarray, prediction: Tensor, _space: LabelSpace) -> np.ndarray:
    """Raw outputs (C,H,W) as a picture of their own, label maps over the image."""
    shown = colourise(task, decode(task, prediction[None])[0])
    if TASKS[task].kind != "classes":
        return shown
    return (OPACITY * shown + (1 - OPACITY) * pixels).round().astype(np.uint8)


def _default(task: str) -> Protocol:
    return next(iter(PROTOCOLS[task].values()))
