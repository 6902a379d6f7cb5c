"""What losses divide by: numbers of labelled pixels in a whole batch, whoever computes which part.

They are a function of the labels alone, so that they are known before the first part of a batch is
computed. Labels are those of `losses.dense`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from polytask.across_processes import fair_share, micro_batch, total
from polytask.known_pixels import known_pixels
from polytask.tasks import IGNORE, TASKS

COUNTS = "counts"
"""Where a part of a batch holds the counts of the whole of it, by task."""


class Counts(NamedTuple):
    """Labelled pixels (at least one) and those of class 1: one part's fair share of the batch's."""

    labelled: Tensor
    positive: Tensor


def with_person(target: Tensor) -> Tensor:
    """Labels (B, H, W) of body parts, those of images without a person ignored (SAK)."""
    seen = ((target != 0) & (target != IGNORE)).flatten(1).any(dim=1)
    return torch.where(seen[:, None, None], target, IGNORE)


def labelled(task: str, target: Tensor) -> Tensor:
    """Which pixels of a task's labels count."""
    return known_pixels(task, with_person(target) if task == "human_parts" else target)


def count(task: str, target: Tensor, parts: int = 1) -> Counts:
    """The counts of labels that this process and the others hold, each of them in `parts` parts.

    Raises RuntimeError within a micro-batch, which cannot know the others' labels.
    """
    if micro_batch().count > 1:
        raise RuntimeError(f"{task}: a micro-batch has the counts of its batch under {COUNTS!r}")
    sums = total(torch.stack([labelled(task, target).sum(), (target == 1).sum()]))
    return Counts(fair_share(sums[0].clamp(min=1), parts), fair_share(sums[1], parts))


def counts_of(batch: Mapping[str, Any], task: str) -> Counts:
    """The counts that a part of a batch was given, or those of a batch that is whole."""
    return batch[COUNTS][task] if COUNTS in batch else count(task, batch[task])


def count_labels(batch: Mapping[str, Any], parts: int) -> dict[str, Counts]:
    """The counts of every task that a batch has labels of, for each of its `parts` parts."""
    return {task: count(task, batch[task], parts) for task in TASKS if task in batch}
