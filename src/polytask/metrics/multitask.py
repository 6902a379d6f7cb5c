"""The metric of each task by the protocol that was chosen for it."""

from collections.abc import Callable, Mapping
from typing import Protocol

from torch import Tensor

from polytask.metrics.absolute_error import MeanAbsoluteError
from polytask.metrics.depth import MeanImageRmse, RootMeanSquaredError
from polytask.metrics.edges import OdsFMeasure, seism_no_nms, seism_r1
from polytask.metrics.normals import AnglePerBatch, ArcCosine, MeanAngularError
from polytask.metrics.saliency import AstmtMaxFMeasure, MaxFMeasure, invpt_max_f_measure
from polytask.metrics.segmentation import HumanPartsIoU, MeanIoU, PresentMeanIoU
from polytask.metrics.texture import TextureF1
from polytask.protocols import protocol_of
from polytask.tasks import num_outputs


class Metric(Protocol):
    """Counts of predictions and labels (B, ...) from which one number per data set is computed."""

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add the raw network outputs and the labels of a batch."""

    def compute(self) -> float:
        """The metric in the protocol's unit."""


def task_metric(
    task: str, num_classes: int, edge_max_dist: float, protocols: Mapping[str, str]
) -> Metric:
    """A fresh metric for `task` on a data set of `num_classes` semantic classes.

    `edge_max_dist` is the boundary tolerance as a fraction of the diagonal; `protocols` names the
    tasks' protocols, where they are not the defaults. Raises UserError for an unknown one.
    """
    num_channels = num_outputs(task, num_classes)
    metrics: dict[str, Callable[[], Metric]] = {
        "all_classes": lambda: MeanIoU(num_channels),
        "present_classes": lambda: PresentMeanIoU(num_channels),
        "with_person": lambda: HumanPartsIoU(num_channels),
        "sak": MaxFMeasure,
        "invpt": invpt_max_f_measure,
        "astmt": AstmtMaxFMeasure,
        "seism": lambda: OdsFMeasure(edge_max_dist),
        "seism_r1": lambda: seism_r1(edge_max_dist),
        "seism_no_nms": lambda: seism_no_nms(edge_max_dist),
        "angle": MeanAngularError,
        "angle_per_batch": AnglePerBatch,
        "arc_cosine": ArcCosine,
        "rmse": RootMeanSquaredError,
        "rmse_per_image": MeanImageRmse,
        "abs_error": lambda: MeanAbsoluteError(task),
        "abs_error_log": lambda: MeanAbsoluteError(task),
        "f1": TextureF1,
    }
    return metrics[protocol_of(task, protocols).name]()
