"""Anomaly detection with SimpleNet, by the area under the ROC curve of images (I-AUROC)."""

from collections.abc import Mapping
from typing import Any

from polytask.argus.decoder import LabelSpace
from polytask.argus.decoders.simplenet import SimpleNet
from polytask.argus.task import VisionTask
from polytask.drawing import draw_heat
from polytask.metrics.image_level import ImageAUROC


class CategoryAUROC:
    """The mean over categories of ImageAUROC, as scores compare photos of one kind of product."""

    def __init__(self, _space: LabelSpace) -> None:
        self.of_category: dict[int, ImageAUROC] = {}

    def update(self, prediction: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Count a photo with its "anomaly", "anomaly_mask" and "category"."""
        metric = self.of_category.setdefault(int(sample["category"]), ImageAUROC())
        metric.update(prediction, sample)

    def compute(self) -> dict[str, float]:
        """What ImageAUROC computes, averaged; UserError where a category lacks one kind."""
        found = [metric.compute() for metric in self.of_category.values()]
        return {name: sum(each[name] for each in found) / len(found) for name in found[0]}


TASK = VisionTask(
    name="anomaly",
    title="Anomaly detection",
    label="anomaly",
    metric_name="i_auroc",
    unit="%",
    higher_is_better=True,
    decoders={"simplenet": SimpleNet},
    metric=CategoryAUROC,
    draw=lambda pixels, prediction, _space: draw_heat(pixels, prediction),
)
