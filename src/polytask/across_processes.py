"""Several processes that share each batch: what they must agree on to do what one would do.

DistributedDataParallel takes the mean of their gradients. For that to be the gradient of the whole
batch, whatever a loss or a layer takes from the batch as a whole comes through here. With one
process every function is the identity; with several all of them call it, in the same order.
A process may compute its share in micro-batches, one after the other.
"""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

PATIENCE = timedelta(hours=1)
"""How long one process waits for another that is, say, writing a checkpoint."""


@dataclass(frozen=True)
class Processes:
    """One of `world_size` processes on this node; number 0 is the one that writes."""

    rank: int
    world_size: int


ALONE = Processes(0, 1)


@dataclass(frozen=True)
class MicroBatch:
    """The part number `index` of the `count` equal ones in which a process computes its share."""

    index: int
    count: int


_micro_batch = MicroBatch(0, 1)


def micro_batch() -> MicroBatch:
    """The part that is being computed; the only one where a share is not cut."""
    return _micro_batch


@contextmanager
def computing(part: MicroBatch) -> Iterator[None]:
    """Within the block `part` is being computed."""
    global _micro_batch
    before, _micro_batch = _micro_batch, part
    try:
        yield
    finally:
        _micro_batch = before


def processes() -> Processes:
    """This process among those that it has joined."""
    if not (dist.is_available() and dist.is_initialized()):
        return ALONE
    return Processes(dist.get_rank(), dist.get_world_size())


def join(device: torch.device) -> Processes:
    """Join the processes that torchrun has started, if it has; until this one ends."""
    if dist.is_available() and dist.is_torchelastic_launched() and not dist.is_initialized():
        backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, timeout=PATIENCE)
        atexit.register(leave)
    return processes()


def leave() -> None:
    """Be alone again."""
    if dist.is_initialized():
        dist.destroy_process_group()


def total(value: Tensor) -> Tensor:
    """The sum over all processes, of the same shape; gradients are summed likewise."""
    return value if processes().world_size == 1 else _Total.apply(value)


def fair_share(value: Tensor, parts: int = 1) -> Tensor:
    """One process's part of a total, were it shared evenly; one of its `parts` micro-batches'."""
    sharers = processes().world_size * parts
    return value if sharers == 1 else value / sharers


def mean(value: Tensor) -> Tensor:
    """The mean over all processes, of the same shape; gradients are averaged likewise."""
    return fair_share(total(value))


def largest(number: int) -> int:
    """The largest of the processes' numbers; a GPU need not wait for it."""
    if processes().world_size == 1:
        return number
    numbers = torch.tensor(number)
    dist.all_reduce(numbers, dist.ReduceOp.MAX)
    return int(numbers)


def normal_like(rows_BK: Tensor) -> Tensor:
    """Normal numbers for these rows of the batch: those that one process would draw for all."""
    here, part = processes(), micro_batch()
    num_parts = here.world_size * part.count
    if num_parts == 1:
        return torch.randn_like(rows_BK)
    num_rows, *rest = rows_BK.shape
    shape = (num_parts * num_rows, *rest)
    drawn = torch.randn(shape, dtype=rows_BK.dtype, device=rows_BK.device)
    return drawn.narrow(0, (here.rank * part.count + part.index) * num_rows, num_rows)


class _Total(torch.autograd.Function):
    """Sums forwards and backwards."""

    @staticmethod
    def forward(_ctx: Any, value: Tensor) -> Tensor:
        return _summed(value)

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return _summed(gradient)


def _summed(value: Tensor) -> Tensor:
    value = value.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(value)
    return value
