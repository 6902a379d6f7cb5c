"""Things and stuff as segments that share the image out: Mask2Former, by the panoptic quality."""

from typing import Any

import numpy as np

from polytask.argus.decoder import LabelSpace
from polytask.argus.decoders.mask2former import PanopticMask2Former
from polytask.argus.task import VisionTask
from polytask.drawing import draw_panoptic
from polytask.metrics.panoptic import PanopticQuality


def _metric(space: LabelSpace) -> PanopticQuality:
    return PanopticQuality(len(space.classes), space.things)


def _draw(pixels: np.ndarray, prediction: Any, space: LabelSpace) -> np.ndarray:
    return draw_panoptic(pixels, prediction, space.classes)


TASK = VisionTask(
    name="panoptic",
    title="Panoptic segmentation",
    label="panoptic",
    metric_name="pq",
    unit="%",
    higher_is_better=True,
    decoders={"mask2former": PanopticMask2Former},
    metric=_metric,
    draw=_draw,
)
