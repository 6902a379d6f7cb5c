"""What a task of Argus brings: labels, decoders, a metric, a picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from polytask.argus.decoder import Decoder, LabelSpace


class Metric(Protocol):
    """Gathers images one by one."""

    def update(self, prediction: Any, sample: Mapping[str, Any]) -> None:
        """Count what a decoder said of one image against the labels in its sample."""
        ...

    def compute(self) -> dict[str, float]:
        """Every number of the task, in the units that tables show (AP and mIoU in percent)."""
        ...


class Builder(Protocol):
    """Makes a decoder for maps of `dim` channels; further options by name, from params.yaml."""

    def __call__(self, dim: int, space: LabelSpace, **options: Any) -> Decoder: ...


@dataclass(frozen=True, kw_only=True)
class VisionTask:
    """One task: a file of `argus.tasks`, an entry of `argus.tasks.VISION_TASKS`.

    `label` names what it needs of a sample: "instances" or "panoptic" (data.instances.Instances),
    "pose" (of one person), "image_class", "anomaly", or a dense task of polytask.tasks.
    `metric_name` is the number that stands for the task, one of those that its metric computes, and
    `unit` what it is in. `decoders` are the ones to choose from, the first is the default;
    `shares` names, by task, decoders of others that say what this one needs too.
    `draw(pixels, prediction, space)` paints a prediction over an image, both uint8 (H, W, 3).
    """

    name: str
    title: str
    label: str
    metric_name: str
    unit: str
    higher_is_better: bool
    decoders: Mapping[str, Builder]
    metric: Callable[[LabelSpace], Metric]
    draw: Callable[[np.ndarray, Any, LabelSpace], np.ndarray]
    looks_at: Literal["image", "person"] = "image"
    shares: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
