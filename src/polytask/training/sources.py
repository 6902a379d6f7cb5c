"""Multi-input training: every source of images has its own tasks and gives its own batches.

Argus, section 3.3 ("each task utilizes its own dedicated dataset").
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from polytask.data.sampling import Batch, KeyedDataset, batches
from polytask.errors import UserError
from polytask.training.config import FitConfig
from polytask.training.micro_batches import SOURCES
from polytask.training.runtime import Runtime

Sampling = Literal["all", "one"]


@dataclass(frozen=True)
class Source:
    """Images with the labels of `tasks`, of which a step sees `batch_size`."""

    images: KeyedDataset
    tasks: tuple[str, ...]
    batch_size: int


def drawn(names: list[str], sampling: Sampling, seed: int, step: int) -> list[str]:
    """The sources that a step sees: all of them, or one, each as likely as the others."""
    if sampling == "all":
        return names
    return [names[int(np.random.default_rng((seed, step)).integers(len(names)))]]


def source_batches(
    sources: Mapping[str, Source], config: FitConfig, runtime: Runtime, *, seed: int,
    num_views: int, sampling: Sampling,
) -> Callable[[int], Iterator[Batch]]:  # fmt: skip
    """A function of the first step: batches {SOURCES: {name: batch}}, this process's share.

    Raises UserError where several processes would train other weights in each step.
    """
    processes = runtime.processes
    if sampling == "one" and processes.world_size > 1:
        raise UserError(
            "argus.pretraining.sampling: one source per step trains other decoders in each, which "
            "processes cannot share; set sampling: all or train in one process"
        )
    names = list(sources)

    def of_source(name: str, first: int) -> Iterator[Batch]:
        source = sources[name]
        return batches(
            source.images, source.batch_size, config.steps, seed, num_views,
            num_workers=config.num_workers, rank=processes.rank, world_size=processes.world_size,
            pin_memory=runtime.device.type == "cuda", first_step=first,
        )  # fmt: skip

    def from_step(first_step: int = 0) -> Iterator[Batch]:
        seen = [name for step in range(first_step) for name in drawn(names, sampling, seed, step)]
        upcoming = {name: of_source(name, seen.count(name)) for name in names}
        for step in range(first_step, config.steps):
            yield {SOURCES: {n: next(upcoming[n]) for n in drawn(names, sampling, seed, step)}}

    return from_step
