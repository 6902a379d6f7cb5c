"""Poses of persons, top-down as in ViTPose: heatmaps by DPT, keypoint AP and AR of COCO."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from polytask.argus.decoder import LabelSpace
from polytask.argus.decoders.heatmaps import HeatmapDecoder
from polytask.argus.persons import in_image
from polytask.argus.task import VisionTask
from polytask.drawing import draw_skeletons
from polytask.metrics.keypoints import KeypointAP


class PoseMetric:
    """KeypointAP of persons that are seen in crops (argus.persons.PersonCrops)."""

    def __init__(self, _space: LabelSpace) -> None:
        self.metric = KeypointAP()

    def update(self, prediction: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Count the joints of a crop against those of its person, in pixels of the image."""
        keypoints = in_image(prediction["keypoints"], sample["crop"])
        self.metric.update({**prediction, "keypoints": keypoints}, sample)

    def compute(self) -> dict[str, float]:
        return self.metric.compute()


def _draw(pixels: np.ndarray, prediction: Mapping[str, Any], _space: LabelSpace) -> np.ndarray:
    return draw_skeletons(pixels, prediction["keypoints"][None])


TASK = VisionTask(
    name="pose",
    title="Pose",
    label="pose",
    metric_name="ap",
    unit="%",
    higher_is_better=True,
    decoders={"heatmaps": HeatmapDecoder},
    metric=PoseMetric,
    draw=_draw,
    looks_at="person",
)
