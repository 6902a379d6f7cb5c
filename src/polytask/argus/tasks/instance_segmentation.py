"""Objects as masks: Mask R-CNN or Mask2Former, by COCO's AP."""

from functools import partial
from typing import Any

import numpy as np

from polytask.argus.decoder import LabelSpace
from polytask.argus.decoders.mask2former import InstanceMask2Former
from polytask.argus.decoders.mask_rcnn import MaskRCNN
from polytask.argus.task import VisionTask
from polytask.drawing import draw_masks
from polytask.metrics.average_precision import AveragePrecision


def _metric(space: LabelSpace) -> AveragePrecision:
    return AveragePrecision("mask", len(space.things))


def _draw(pixels: np.ndarray, prediction: Any, space: LabelSpace) -> np.ndarray:
    return draw_masks(pixels, prediction, space.thing_names)


TASK = VisionTask(
    name="instance_segmentation",
    title="Instance segmentation",
    label="instances",
    metric_name="ap",
    unit="%",
    higher_is_better=True,
    decoders={"mask_rcnn": partial(MaskRCNN, masks=True), "mask2former": InstanceMask2Former},
    metric=_metric,
    draw=_draw,
)
