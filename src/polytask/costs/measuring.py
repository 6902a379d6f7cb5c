"""Measure models beside each other: any that maps images to something, one image at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from polytask.costs.flops import count_flops
from polytask.costs.latency import TURNS, latencies
from polytask.costs.memory import peak_bytes
from polytask.training.runtime import Runtime


@dataclass(frozen=True, kw_only=True)
class Case:
    """A model in eval mode, what it is called, and the (H, W) pixels of the image it is shown."""

    title: str
    model: nn.Module
    image_size: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one image costs: FLOPs of a forward pass, its time (median, spread), the peak memory.

    A MB are 10^6 bytes.
    """

    name: str
    title: str
    image_size: tuple[int, int]
    parameters: int
    flops: int
    latency_ms: float
    latency_sd_ms: float
    memory_mb: float


def measure(cases: Mapping[str, Case], runtime: Runtime, *, turns: int = TURNS) -> list[Cost]:
    """The costs of all cases, whose models stay on the runtime's device, in their order."""
    images = {name: _image(case.image_size, runtime) for name, case in cases.items()}
    for case in cases.values():
        case.model.to(runtime.device)
    calls = {
        name: partial(_look, case.model, images[name], runtime) for name, case in cases.items()
    }
    memory = {
        name: peak_bytes(case.model, calls[name], runtime.device) for name, case in cases.items()
    }
    times = latencies(calls, runtime.device, turns=turns)
    return [
        Cost(
            name=name,
            title=case.title,
            image_size=case.image_size,
            parameters=sum(each.numel() for each in case.model.parameters()),
            flops=count_flops(calls[name]),
            latency_ms=times[name][0],
            latency_sd_ms=times[name][1],
            memory_mb=memory[name] / 1e6,
        )
        for name, case in cases.items()
    ]


def as_data(costs: Sequence[Cost], runtime: Runtime, *, turns: int = TURNS) -> dict[str, Any]:
    """What a costs.json holds: how it was measured, and a row per case."""
    return {
        "device": _device(runtime.device),
        "precision": str(runtime.autocast_dtype or torch.float32).removeprefix("torch."),
        "threads": 1 if runtime.device.type == "cpu" else None,
        "batch_size": 1,
        "turns": turns,
        "rows": [asdict(cost) for cost in costs],
    }


@torch.no_grad()
def _look(model: Callable[[Tensor], Any], images_B3HW: Tensor, runtime: Runtime) -> Any:
    with runtime.autocast():
        return model(images_B3HW)


def _image(size: tuple[int, int], runtime: Runtime) -> Tensor:
    noise = torch.Generator().manual_seed(0)
    return torch.rand(1, 3, *size, generator=noise).to(runtime.device)


def _device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
