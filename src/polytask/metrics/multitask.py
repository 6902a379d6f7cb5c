"""The metric of each task."""

from typing import Protocol

from torch import Tensor

from polytask.metrics.depth import RootMeanSquaredError
from polytask.metrics.edges import OdsFMeasure
from polytask.metrics.normals import MeanAngularError
from polytask.metrics.saliency import MaxFMeasure
from polytask.metrics.segmentation import HumanPartsIoU, MeanIoU
from polytask.tasks import PARTS


class Metric(Protocol):
    """Counts of predictions and labels (B, ...) from which one number per data set is computed."""

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add the raw network outputs and the labels of a batch."""

    def compute(self) -> float:
        """The metric in the task's unit."""


def task_metric(task: str, num_classes: int, edge_max_dist: float) -> Metric:
    """A fresh metric for `task` on a data set of `num_classes` semantic classes (SAK's protocols).

    `edge_max_dist` is the boundary tolerance as a fraction of the diagonal.
    """
    metrics = {
        "semseg": lambda: MeanIoU(num_classes),
        "human_parts": lambda: HumanPartsIoU(len(PARTS)),
        "sal": MaxFMeasure,
        "edge": lambda: OdsFMeasure(edge_max_dist),
        "normals": MeanAngularError,
        "depth": RootMeanSquaredError,
    }
    return metrics[task]()
