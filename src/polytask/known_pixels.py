"""Which pixels of a batch's labels are labelled."""

from torch import Tensor

from polytask.tasks import IGNORE, TASKS


def known_pixels(task: str, labels: Tensor) -> Tensor:
    """Booleans of the shape of `labels`, with one channel where labels (B, C, H, W) have several.

    What marks an unlabelled pixel is said by the task's kind (polytask.tasks.Kind).
    """
    kind = TASKS[task].kind
    if kind in ("classes", "binary"):
        return labels != IGNORE
    if kind == "unit_vectors":
        return (labels != 0).any(dim=1, keepdim=True)
    if kind == "positive":
        return labels > 0
    return ~labels.isnan().any(dim=1, keepdim=True)
