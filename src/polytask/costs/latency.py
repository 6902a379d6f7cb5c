"""How long calls take, in turns, so that a noisy machine is noisy for all of them."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median, stdev
from typing import Any

import torch

WARM_UP, TURNS = 3, 20


def latencies(
    calls: Mapping[str, Callable[[], Any]], device: torch.device, *, turns: int = TURNS
) -> dict[str, tuple[float, float]]:
    """Median and standard deviation in ms of each call, over `turns` (2 or more) after a warm-up.

    On a CPU one thread computes, and its own time on a core is taken: what else the machine does
    does not count. On a GPU it is the time between two events of its stream.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    with one_thread():
        for turn in range(-WARM_UP, turns):
            for name, call in calls.items():
                taken = _milliseconds(call, device)
                if turn >= 0:
                    times[name].append(taken)
    return {name: (median(each), stdev(each)) for name, each in times.items()}


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on the calling thread alone within the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _milliseconds(call: Callable[[], Any], device: torch.device) -> float:
    if device.type != "cuda":
        begin = time.thread_time()
        call()
        return 1e3 * (time.thread_time() - begin)
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize(device)
    begin.record()
    call()
    end.record()
    torch.cuda.synchronize(device)
    return begin.elapsed_time(end)
