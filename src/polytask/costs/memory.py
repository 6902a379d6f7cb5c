"""The most memory that a model takes while it runs: its weights and what it computes.

Both ways count what torch's allocator handed out, so that a CPU's number is that of a GPU; what
libraries take for themselves, and Python, is in neither.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile


def weight_bytes(model: nn.Module) -> int:
    """The bytes of all weights and buffers; memory that several share counts once."""
    storages = [each.untyped_storage() for each in (*model.parameters(), *model.buffers())]
    return sum({each.data_ptr(): each.nbytes() for each in storages}.values())


def peak_bytes(model: nn.Module, run: Callable[[], Any], device: torch.device) -> int:
    """The most bytes that `model`, which is on `device`, and a call of `run` take at once."""
    if device.type == "cuda":
        return weight_bytes(model) + _on_gpu(run, device)
    return weight_bytes(model) + _on_cpu(run)


def _on_gpu(run: Callable[[], Any], device: torch.device) -> int:
    run()  # libraries take their workspaces
    torch.cuda.synchronize(device)
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    run()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before


def _on_cpu(run: Callable[[], Any]) -> int:
    """What the profiler saw torch's allocator hand out and take back, in that order."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # it would tell the terminal of itself
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        run()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text())["traceEvents"]
    changes = [each for each in events if each.get("name") == "[memory]"]
    held = peak = 0
    for change in sorted(changes, key=lambda each: each["ts"]):
        held += change["args"]["Bytes"]
        peak = max(peak, held)
    return peak
