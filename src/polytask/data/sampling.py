"""Which sample comes when: a function of (seed, step), for any number of workers and processes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch.utils.data import DataLoader, default_collate

from polytask.data.instances import as_instances
from polytask.data.objects import Objects
from polytask.errors import UserError

Key = int | tuple[int, int | None]
"""What data sets are asked for: (index, view), or an index alone for the plain image."""

PLAIN = -1
"""The number under which a plain image (view None) stands in a batch."""

Batch = dict[str, Any]


class KeyedDataset(Protocol):
    """A data set whose samples are a function of their key."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: Key) -> Mapping[str, Any]: ...


def split_key(key: Key) -> tuple[int, int | None]:
    """Index and view of a key."""
    return key if isinstance(key, tuple) else (key, None)


def as_sample(arrays: Mapping[str, np.ndarray | Objects], index: int, view: int | None) -> Batch:
    """Arrays as tensors, with the key that they belong to."""
    tensors = {
        name: as_instances(values) if isinstance(values, Objects) else torch.from_numpy(values)
        for name, values in arrays.items()
    }
    return {**tensors, "index": index, "view": PLAIN if view is None else view}


def order(num_samples: int, seed: int, epoch: int) -> np.ndarray:
    """The order in which one epoch visits the samples."""
    return np.random.default_rng((seed, epoch)).permutation(num_samples)


class Plan:
    """The keys of each of `steps` batches; iterate over it as often as you like.

    Epochs follow each other without a gap, so a batch may hold the end of one and the start of the
    next. Every epoch shows view epoch % num_views, or with num_views 0 a fresh one.
    """

    def __init__(
        self, num_samples: int, batch_size: int, steps: int, seed: int, num_views: int,
        rank: int = 0, world_size: int = 1, first_step: int = 0,
    ) -> None:  # fmt: skip
        if batch_size % world_size:
            raise UserError(
                f"batch_size {batch_size} cannot be shared evenly by {world_size} processes"
            )
        self.num_samples, self.batch_size, self.seed = num_samples, batch_size, seed
        self.num_views, self.steps = num_views, range(first_step, steps)
        share = batch_size // world_size
        self.share = range(rank * share, (rank + 1) * share)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[list[Key]]:
        orders: dict[int, np.ndarray] = {}
        for step in self.steps:
            places = [divmod(step * self.batch_size + i, self.num_samples) for i in self.share]
            epochs = {epoch for epoch, _ in places}
            orders = {
                epoch: orders[epoch] if epoch in orders else self._order(epoch) for epoch in epochs
            }
            yield [(int(orders[epoch][at]), self._view(epoch)) for epoch, at in places]

    def _order(self, epoch: int) -> np.ndarray:
        return order(self.num_samples, self.seed, epoch)

    def _view(self, epoch: int) -> int:
        return epoch % self.num_views if self.num_views else epoch


def batches(
    dataset: KeyedDataset, batch_size: int, steps: int, seed: int, num_views: int,
    num_workers: int = 0, rank: int = 0, world_size: int = 1, pin_memory: bool = False,
    first_step: int = 0,
) -> Iterator[Batch]:  # fmt: skip
    """Collated training batches: `batch_size` samples over all processes, this one's share here.

    `num_views` 0 draws fresh views for ever. `first_step` continues a run where it stopped. Raises
    UserError where the processes cannot share a batch.
    """
    plan = Plan(len(dataset), batch_size, steps, seed, num_views, rank, world_size, first_step)
    return _load(dataset, plan, num_workers, pin_memory)


def batches_of(
    dataset: KeyedDataset, keys: Sequence[Key], batch_size: int,
    num_workers: int = 0, pin_memory: bool = False,
) -> Iterator[Batch]:  # fmt: skip
    """Collated batches of just these keys, in this order; the last may be smaller."""
    starts = range(0, len(keys), batch_size)
    plan = [keys[start : start + batch_size] for start in starts]
    return _load(dataset, plan, num_workers, pin_memory)


def in_order(
    dataset: KeyedDataset, batch_size: int, num_workers: int = 0, pin_memory: bool = False
) -> Iterator[Batch]:
    """Every plain image once, in the order of the data set: for evaluation."""
    return batches_of(dataset, range(len(dataset)), batch_size, num_workers, pin_memory)


def _load(
    dataset: KeyedDataset, plan: Iterable[Sequence[Key]], num_workers: int, pin_memory: bool
) -> Iterator[Batch]:
    """One pass over `plan`: workers start once and live as long as it does."""
    loader = iter(
        DataLoader(
            _Reporting(dataset),  # type: ignore[arg-type]
            batch_sampler=plan,  # type: ignore[arg-type]
            collate_fn=_collate,
            num_workers=num_workers,
            pin_memory=pin_memory,
            generator=torch.Generator().manual_seed(0),  # leaves torch's own generator alone
        )
    )
    for batch in loader:
        if isinstance(batch, UserError):
            break
        yield batch
    else:
        return
    del loader  # workers end now, not when the traceback is gone
    raise UserError(str(batch))


class _Reporting:
    """Hands a UserError over as a value: raised in a worker it would grow a page of traceback."""

    def __init__(self, dataset: KeyedDataset) -> None:
        self.dataset = dataset

    def __getitem__(self, key: Key) -> Mapping[str, Any] | UserError:
        try:
            return self.dataset[key]
        except UserError as error:
            return error


def _collate(samples: list[Mapping[str, Any] | UserError]) -> Batch | UserError:
    """Tensors are stacked; of what differs in number, as objects do, each image keeps its own."""
    for sample in samples:
        if isinstance(sample, UserError):
            return sample
    return {name: _together([sample[name] for sample in samples]) for name in samples[0]}


def _together(values: list[Any]) -> Any:
    return values if isinstance(values[0], Mapping) else default_collate(values)
