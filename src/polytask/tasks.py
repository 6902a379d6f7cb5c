"""The six dense-prediction tasks: what a network emits for each and how it is judged."""

from dataclasses import dataclass

IGNORE = 255
"""Label value that neither a loss nor a metric looks at (semseg, human_parts, sal, edge)."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One dense-prediction task.

    `num_channels` is the number of network outputs per pixel, or None where the data set decides.
    """

    name: str
    title: str
    num_channels: int | None
    metric: str
    unit: str
    higher_is_better: bool


PARTS = ("background", "head", "torso", "upper arms", "lower arms", "upper legs", "lower legs")
"""The seven classes of human_parts (PASCAL-Part, grouped as in ASTMT)."""

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(name="semseg", title="Semantic segmentation", num_channels=None, metric="mean_iou",
             unit="%", higher_is_better=True),
        Task(name="human_parts", title="Human parts", num_channels=len(PARTS), metric="mean_iou",
             unit="%", higher_is_better=True),
        Task(name="sal", title="Saliency", num_channels=2, metric="max_f_measure",
             unit="%", higher_is_better=True),
        Task(name="edge", title="Boundaries", num_channels=1, metric="ods_f_measure",
             unit="%", higher_is_better=True),
        Task(name="normals", title="Surface normals", num_channels=3, metric="mean_angular_error",
             unit="°", higher_is_better=False),
        Task(name="depth", title="Depth", num_channels=1, metric="rmse",
             unit="m", higher_is_better=False),
    )
}  # fmt: skip


def num_outputs(task: str, num_classes: int) -> int:
    """Channels that a head for `task` emits on a data set of `num_classes` semantic classes."""
    return TASKS[task].num_channels or num_classes
