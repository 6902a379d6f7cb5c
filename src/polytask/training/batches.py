"""The batches of a training, from any step on: what `fit` asks for."""

from collections.abc import Callable, Iterator

from polytask.across_processes import Processes
from polytask.data.sampling import Batch, KeyedDataset, batches
from polytask.training.config import FitConfig
from polytask.training.runtime import Runtime


def train_batches(
    dataset: KeyedDataset,
    config: FitConfig,
    runtime: Runtime,
    *,
    seed: int,
    num_views: int,
    steps: int | None = None,
    share: Processes | None = None,
) -> Callable[..., Iterator[Batch]]:
    """A function of the first step: this process's share of the batches up to `steps`."""
    share = share or runtime.processes

    def from_step(first_step: int = 0) -> Iterator[Batch]:
        return batches(
            dataset, config.batch_size, steps or config.steps, seed, num_views,
            num_workers=config.num_workers, rank=share.rank, world_size=share.world_size,
            pin_memory=runtime.device.type == "cuda", first_step=first_step,
        )  # fmt: skip

    return from_step
