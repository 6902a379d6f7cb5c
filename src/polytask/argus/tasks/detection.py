"""Objects as boxes: Faster R-CNN, or the boxes of a Mask R-CNN, by COCO's AP."""

from typing import Any

import numpy as np

from polytask.argus.decoder import LabelSpace
from polytask.argus.decoders.mask_rcnn import MaskRCNN
from polytask.argus.task import VisionTask
from polytask.drawing import draw_boxes
from polytask.metrics.average_precision import AveragePrecision


def _metric(space: LabelSpace) -> AveragePrecision:
    return AveragePrecision("box", len(space.things))


def _draw(pixels: np.ndarray, prediction: Any, space: LabelSpace) -> np.ndarray:
    return draw_boxes(pixels, prediction, space.thing_names)


TASK = VisionTask(
    name="detection",
    title="Object detection",
    label="instances",
    metric_name="ap",
    unit="%",
    higher_is_better=True,
    decoders={"mask_rcnn": MaskRCNN},
    shares={"instance_segmentation": ("mask_rcnn",)},
    metric=_metric,
    draw=_draw,
)
