"""What calls take, taken in turns, so that a noisy machine is noisy for all of them."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch


def seconds(call: Callable[[], Any], device: torch.device) -> float:
    """CPU time of a call (user and system, this process), or wall time of the GPU's work."""
    if device.type == "cpu":
        begin = time.process_time()
        call()
        return time.process_time() - begin
    torch.cuda.synchronize()
    begin = time.perf_counter()
    call()
    torch.cuda.synchronize()
    return time.perf_counter() - begin


def in_turns(
    cases: Mapping[str, Callable[[], Any]], repeats: int, device: torch.device
) -> dict[str, list[float]]:
    """The seconds of each case, once per turn."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, call in cases.items():
            times[name].append(seconds(call, device))
    return times
