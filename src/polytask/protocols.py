"""How each task is measured: the protocols of the papers' tables, by name.

params.yaml chooses them per data set (`datasets.<name>.protocols`). Numbers by two protocols cannot
be compared, even where their metric is the same; docs/fidelity.md says which table used which.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from polytask.errors import UserError, advice
from polytask.tasks import TASKS, Task


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """One way to measure a task.

    `metric` names the quantity, `about` says how it is taken and by whom, `digits` is how many are
    printed after the point, `higher_is_better` is false of errors.
    """

    task: str
    name: str
    metric: str
    unit: str
    about: str
    digits: int = 2
    higher_is_better: bool = True

    @property
    def column(self) -> str:
        """The name of a table's column: the task and what it is measured by."""
        return f"{self.task}_{self.metric}"


_MEAN_IOU = (
    Protocol(
        task="semseg", name="all_classes", metric="mean_iou", unit="%",
        about="pixels pooled; a class that never occurs counts as 0 (SAK, InvPT, ASTMT, MTI-Net)",
    ),
    Protocol(
        task="semseg", name="present_classes", metric="mean_iou", unit="%",
        about="pixels pooled; a class that never occurs is left out (SIMO, LibMTL, Auto-Lambda)",
    ),
)  # fmt: skip

_ABS_ERROR = Protocol(
    task="regression", name="abs_error", metric="abs_error", unit="", digits=4,
    higher_is_better=False,
    about="mean absolute error in the units of the labels, batches averaged by their images (SIMO)",
)  # fmt: skip

_OF_KIND = {"classes": _MEAN_IOU, "positive": (_ABS_ERROR,), "regression": (_ABS_ERROR,)}
"""How tasks are measured that have no protocols of their own."""

_OWN = (
    Protocol(
        task="human_parts", name="with_person", metric="mean_iou", unit="%",
        about="pixels pooled, background included; images without a person are left out "
              "(SAK, InvPT, ASTMT, MTI-Net)",
    ),
    Protocol(
        task="sal", name="sak", metric="max_f_measure", unit="%",
        about="images pooled, 19 thresholds, β² = 0.3 (SAK, ATRC)",
    ),
    Protocol(
        task="sal", name="invpt", metric="max_f_measure", unit="%",
        about="as sak, of the sigmoid of the probability: five thresholds act "
              "(InvPT, TaskPrompter)",
    ),
    Protocol(
        task="sal", name="astmt", metric="max_f_measure", unit="%",
        about="precision and recall averaged over images, 15 thresholds, β² = 1 (ASTMT, MTI-Net)",
    ),
    Protocol(
        task="edge", name="seism", metric="ods_f_measure", unit="%",
        about="smoothed, suppressed within 4 pixels, 99 thresholds (SAK)",
    ),
    Protocol(
        task="edge", name="seism_r1", metric="ods_f_measure", unit="%",
        about="suppressed within 1 pixel, 101 thresholds (InvPT, TaskPrompter)",
    ),
    Protocol(
        task="edge", name="seism_no_nms", metric="ods_f_measure", unit="%",
        about="not suppressed, 101 thresholds (MTI-Net)",
    ),
    Protocol(
        task="normals", name="angle", metric="mean_angular_error", unit="°",
        higher_is_better=False,
        about="angle to the prediction's direction, pixels pooled (SAK, InvPT)",
    ),
    Protocol(
        task="normals", name="angle_per_batch", metric="mean_angular_error", unit="°",
        higher_is_better=False,
        about="angle to the prediction's direction, batches averaged by their images "
              "(SIMO, as its text says)",
    ),
    Protocol(
        task="normals", name="arc_cosine", metric="mean_arc_cosine", unit="°",
        higher_is_better=False,
        about="arc cosine of the product with the prediction as it is, batches averaged by their "
              "images (SIMO's code)",
    ),
    replace(
        _ABS_ERROR, task="normals",
        about="mean absolute error over channels, the prediction as it is, batches averaged by "
              "their images (SIMO on Taskonomy)",
    ),
    Protocol(
        task="depth", name="rmse", metric="rmse", unit="m", digits=3,
        higher_is_better=False,
        about="pixels between 0 and 80 m pooled (SAK, InvPT, MTI-Net)",
    ),
    Protocol(
        task="depth", name="rmse_per_image", metric="rmse_per_image", unit="m", digits=3,
        higher_is_better=False,
        about="the RMSE of each image, averaged (ASTMT, VTAGML)",
    ),
    Protocol(
        task="depth", name="abs_error", metric="abs_error", unit="m", digits=3,
        higher_is_better=False,
        about="mean absolute error, batches averaged by their images (SIMO, Auto-Lambda)",
    ),
    replace(
        _ABS_ERROR, task="depth", name="abs_error_log", metric="abs_error_log",
        about="mean absolute error of log depth as the labels have it, batches averaged by their "
              "images (SIMO on Taskonomy)",
    ),
    replace(_ABS_ERROR, task="edge_texture"),
    Protocol(
        task="edge_texture", name="f1", metric="f1", unit="%",
        about="F1 of the pixels whose texture is above 0.05, pixels pooled (VTA, which does not "
              "say how)",
    ),
)  # fmt: skip

_NOT_PER_PIXEL = (
    Protocol(
        task="detection", name="coco", metric="ap", unit="%", digits=1,
        about="AP of boxes, IoU 0.50 to 0.95, 100 detections per image (COCO)",
    ),
    Protocol(
        task="instance_segmentation", name="coco", metric="ap", unit="%", digits=1,
        about="AP of masks, IoU 0.50 to 0.95, 100 detections per image (COCO)",
    ),
    Protocol(
        task="panoptic", name="pq", metric="pq", unit="%", digits=1,
        about="panoptic quality, classes that occur averaged (Kirillov et al.)",
    ),
    Protocol(
        task="pose", name="coco_true_boxes", metric="ap", unit="%", digits=1,
        about="AP of keypoints by OKS 0.50 to 0.95, people cropped by their annotated boxes (COCO)",
    ),
    Protocol(
        task="classification", name="top1", metric="top1", unit="%", digits=1,
        about="share of images whose most likely class is the right one",
    ),
    Protocol(
        task="anomaly", name="i_auroc", metric="i_auroc", unit="%", digits=1,
        about="area under the ROC curve of image scores, categories averaged (MVTec AD)",
    ),
)  # fmt: skip
"""Tasks of Argus that say something of objects or of whole images (polytask.argus.tasks)."""


def _protocols(task: Task) -> dict[str, Protocol]:
    own = [protocol for protocol in _OWN if protocol.task == task.name]
    shared = [replace(protocol, task=task.name) for protocol in _OF_KIND.get(task.kind, ())]
    return {protocol.name: protocol for protocol in own or shared}


PROTOCOLS: dict[str, dict[str, Protocol]] = {
    **{name: _protocols(task) for name, task in TASKS.items()},
    **{protocol.task: {protocol.name: protocol} for protocol in _NOT_PER_PIXEL},
}
"""Task -> name -> protocol; the first of a task is its default."""


def protocol_of(task: str, chosen: Mapping[str, str]) -> Protocol:
    """What `chosen` (task -> name) says of `task`, or the task's default.

    Raises UserError, with the nearest name, where there is no such protocol.
    """
    known = PROTOCOLS[task]
    name = chosen.get(task, next(iter(known)))
    if name not in known:
        raise UserError(f"protocols.{task}: no protocol {name!r}; {advice(name, known)}")
    return known[name]


def better(chosen: Mapping[str, str]) -> dict[str, bool]:
    """Whether more is better, of every task by what `chosen` (task -> name) says of it."""
    return {task: protocol_of(task, chosen).higher_is_better for task in PROTOCOLS}


def digits_of(column: str) -> int:
    """How many digits a table prints after the point in `column`: two where no protocol says."""
    found = (p.digits for protocols in PROTOCOLS.values() for p in protocols.values()
             if p.column == column)  # fmt: skip
    return next(found, 2)
