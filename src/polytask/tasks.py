"""The dense-prediction tasks: what a network emits for each, and what its labels look like.

A task's kind decides how it is trained, measured, resampled and shown: a new task of a known kind
is one entry here, its files are a data set's to read (polytask.data.layout).
"""

from dataclasses import dataclass
from typing import Literal

IGNORE = 255
"""Label value that neither a loss nor a metric looks at, in tasks of classes and binary ones."""

Kind = Literal["classes", "binary", "unit_vectors", "positive", "regression"]
"""What a network emits per pixel, and how labels (in a batch) say that a pixel is unlabelled.

classes: a logit per class; ids (B, H, W), unlabelled 255.
binary: one logit; {0, 1} (B, 1, H, W), unlabelled 255.
unit_vectors: a vector of any length; unit vectors (B, 3, H, W), unlabelled zero.
positive: a quantity above 0, (B, 1, H, W), unlabelled 0.
regression: values of any sign, (B, C, H, W), unlabelled NaN.
"""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One dense-prediction task.

    `num_channels` is the number of network outputs per pixel, or None where the data set decides.
    `classes` are the names of classes that are the same in every data set. `with_zoom` says whether
    values grow (1) or shrink (-1) as things come nearer by a zoom. `of_image` says what of the
    image, as the network sees it, is the label where a data set has no files for it: its colours,
    -1 to 1, or its texture (polytask.data.texture).
    """

    name: str
    title: str
    kind: Kind
    num_channels: int | None
    classes: tuple[str, ...] = ()
    with_zoom: Literal[-1, 0, 1] = 0
    of_image: Literal["colours", "texture"] | None = None


PARTS = ("background", "head", "torso", "upper arms", "lower arms", "upper legs", "lower legs")
"""The seven classes of human_parts (PASCAL-Part, grouped as in ASTMT)."""

CITYSCAPES_PARTS = (
    "background", "torso", "head", "arms", "legs", "windows", "wheels", "lights", "licence plate",
    "chassis",
)  # fmt: skip
"""The ten classes of part_segmentation: parts of people, then of vehicles (Auto-Lambda, SIMO)."""

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(name="semseg", title="Semantic segmentation", kind="classes", num_channels=None),
        Task(name="human_parts", title="Human parts", kind="classes", num_channels=len(PARTS),
             classes=PARTS),
        Task(name="sal", title="Saliency", kind="classes", num_channels=2),
        Task(name="edge", title="Boundaries", kind="binary", num_channels=1),
        Task(name="normals", title="Surface normals", kind="unit_vectors", num_channels=3),
        Task(name="depth", title="Depth", kind="positive", num_channels=1, with_zoom=-1),
        Task(name="part_segmentation", title="Part segmentation", kind="classes",
             num_channels=len(CITYSCAPES_PARTS), classes=CITYSCAPES_PARTS),
        Task(name="disparity", title="Disparity", kind="positive", num_channels=1, with_zoom=1),
        Task(name="autoencoder", title="Autoencoder", kind="regression", num_channels=3,
             of_image="colours"),
        Task(name="keypoints", title="Keypoints", kind="regression", num_channels=1),
        Task(name="edge_texture", title="Edge texture", kind="regression", num_channels=1,
             of_image="texture"),
    )
}  # fmt: skip


def num_outputs(task: str, num_classes: int) -> int:
    """Channels that a head for `task` emits on a data set of `num_classes` semantic classes."""
    return TASKS[task].num_channels or num_classes
