"""A process's share of a batch in micro-batches that fit into its memory; their gradients add up.

What is equal: the step is that of the whole batch but for rounding. Every micro-batch holds the
same number of images, divides by the labelled pixels of the whole batch (`losses.counts`), and
takes its rows of the random numbers that the whole batch would draw.

What is not: batch normalisation sees the images of one micro-batch (of all processes), and its
running statistics move once for each. A model that trains such layers is then another one.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from polytask.across_processes import MicroBatch, computing
from polytask.losses.counts import COUNTS, count_labels
from polytask.training.config import FitConfig
from polytask.training.runtime import Runtime

logger = logging.getLogger(__name__)

SOURCES = "sources"
"""Where a batch of several sources has a batch of each, by name."""


def number_of_micro_batches(config: FitConfig, runtime: Runtime) -> int:
    """The fewest equal parts of a process's share with at most `images_at_once` images each."""
    share = max(1, config.batch_size // runtime.processes.world_size)
    at_once = config.images_at_once or share
    return next(n for n in range(1, share + 1) if share % n == 0 and share // n <= at_once)


def micro_batches(
    batch: Mapping[str, Any], count: int
) -> Iterator[tuple[MicroBatch, Mapping[str, Any]]]:
    """The `count` equal parts of a batch, each with the counts of all of its labels.

    Raises ValueError where the batch has no such parts.
    """
    if count == 1:
        yield MicroBatch(0, 1), batch
        return
    if SOURCES in batch:
        of_each = [list(micro_batches(each, count)) for each in batch[SOURCES].values()]
        for pieces in zip(*of_each, strict=True):
            named = zip(batch[SOURCES], (piece for _, piece in pieces), strict=True)
            yield pieces[0][0], {SOURCES: dict(named)}
        return
    num_images, counts = _num_images(batch) or 0, count_labels(batch, count)
    size, rest = divmod(num_images, count)
    if rest or not size:
        raise ValueError(f"{num_images} images cannot be cut into {count} equal micro-batches")
    for index in range(count):
        rows = slice(index * size, (index + 1) * size)
        yield MicroBatch(index, count), {**_rows(batch, rows, num_images), COUNTS: counts}


class SameDraws:
    """Lets every micro-batch of a step draw the random numbers that the whole batch would."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    @contextmanager
    def of(self, part: MicroBatch) -> Iterator[None]:
        """Within the block `part` is computed, from the generators' states at the step's start."""
        if part.index > 0:
            self._restore()
        elif part.count > 1:
            self._remember()
        with computing(part):
            yield

    def _remember(self) -> None:
        self.cpu = torch.get_rng_state()
        if self.device.type == "cuda":
            self.cuda = torch.cuda.get_rng_state(self.device)

    def _restore(self) -> None:
        torch.set_rng_state(self.cpu)
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(self.cuda, self.device)


def warn_of_batch_norms(model: nn.Module, name: str, count: int) -> None:
    """Say it where micro-batches change what a model learns."""
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    trained = sum(norm.training for norm in norms)
    if count > 1 and trained:
        logger.warning(
            "%s: %d batch normalisations see a micro-batch each, not the batch; raise "
            "fit.images_at_once or the processes to train what the whole batch trains",
            name, trained,
        )  # fmt: skip


def _num_images(value: Any) -> int | None:
    """The first dimension of the first tensor that has one."""
    if isinstance(value, Tensor):
        return len(value) if value.ndim else None
    values = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping | list):
        return None
    return next((n for n in map(_num_images, values) if n is not None), None)


def _rows(value: Any, rows: slice, num_images: int | None) -> Any:
    """These images of whatever holds `num_images` of them; all else as it is."""
    if isinstance(value, Mapping):
        return {key: _rows(item, rows, num_images) for key, item in value.items()}
    if isinstance(value, Tensor):
        return value[rows] if value.ndim and len(value) == num_images else value
    if isinstance(value, list):
        if any(isinstance(item, Tensor) for item in value):
            return [_rows(item, rows, num_images) for item in value]
        return value[rows] if len(value) == num_images else value
    return value
