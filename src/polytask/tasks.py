"""The six dense-prediction tasks: what a network emits for each, and which way is better."""

from dataclasses import dataclass

IGNORE = 255
"""Label value that neither a loss nor a metric looks at (semseg, human_parts, sal, edge)."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One dense-prediction task.

    `num_channels` is the number of network outputs per pixel, or None where the data set decides.
    `higher_is_better` holds for every protocol of the task (polytask.protocols).
    """

    name: str
    title: str
    num_channels: int | None
    higher_is_better: bool


PARTS = ("background", "head", "torso", "upper arms", "lower arms", "upper legs", "lower legs")
"""The seven classes of human_parts (PASCAL-Part, grouped as in ASTMT)."""

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(name="semseg", title="Semantic segmentation", num_channels=None,
             higher_is_better=True),
        Task(name="human_parts", title="Human parts", num_channels=len(PARTS),
             higher_is_better=True),
        Task(name="sal", title="Saliency", num_channels=2, higher_is_better=True),
        Task(name="edge", title="Boundaries", num_channels=1, higher_is_better=True),
        Task(name="normals", title="Surface normals", num_channels=3, higher_is_better=False),
        Task(name="depth", title="Depth", num_channels=1, higher_is_better=False),
    )
}  # fmt: skip


def num_outputs(task: str, num_classes: int) -> int:
    """Channels that a head for `task` emits on a data set of `num_classes` semantic classes."""
    return TASKS[task].num_channels or num_classes
