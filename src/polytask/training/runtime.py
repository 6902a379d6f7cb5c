"""Where and how to compute: device, autocast precision, seeds. Chosen once per job and recorded."""

import contextlib
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from polytask.across_processes import ALONE, Processes, join
from polytask.errors import UserError
from polytask.models.stem import prefer_cpu_kernels

Precision = Literal["auto", "fp32", "bf16", "fp16"]
Compile = Literal[False, "default", "reduce-overhead", "max-autotune"]


@dataclass(frozen=True, kw_only=True)
class RuntimeConfig:
    """`device` is auto, cpu or cuda; `precision` auto takes bf16 where the processor has it.

    Trainings lay out images and weights in `channels_last` order, and `compile` models in one of
    torch's modes. Each of these may change bits, so all of them are recorded.
    """

    device: str = "auto"
    precision: Precision = "auto"
    channels_last: bool = False
    compile: Compile = False


@dataclass(frozen=True)
class Runtime:
    """A device, the autocast type on it (None: float32), and which process of how many this is.

    `channels_last` and `compile` are for trainings (`training.acceleration`).
    """

    device: torch.device
    autocast_dtype: torch.dtype | None
    processes: Processes = ALONE
    channels_last: bool = False
    compile: Compile = False

    def autocast(self) -> contextlib.AbstractContextManager:
        """The context in which forward passes run."""
        if self.autocast_dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, self.autocast_dtype)

    def send(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Move a batch's tensors, also nested ones, to the device (without waiting if pinned)."""
        sent = {key: _send(value, self.device) for key, value in batch.items()}
        if self.channels_last and "image" in sent:
            sent["image"] = sent["image"].contiguous(memory_format=torch.channels_last)
        return sent

    def __str__(self) -> str:
        dtype = self.autocast_dtype or torch.float32
        return f"{self.device} {str(dtype).removeprefix('torch.')}"


def start(config: RuntimeConfig, seed: int) -> Runtime:
    """Seed every generator and choose the device and precision that `config` asks for.

    Under torchrun the processes join each other, and each takes a GPU of its own. Raises UserError
    where CUDA, a GPU for each process, or a half precision is asked for and not there.
    """
    random.seed(seed)
    np.random.seed(seed)  # libraries below us may draw from it
    torch.manual_seed(seed)
    device = _device(config.device)
    if device.type == "cpu":
        prefer_cpu_kernels()
    else:
        torch.cuda.set_device(device)
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.benchmark = False
    return Runtime(
        device, _autocast_dtype(config.precision, device), join(device),
        channels_last=config.channels_last, compile=config.compile,
    )  # fmt: skip


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UserError(
            "runtime.device: cuda was asked for, but torch finds no GPU; use auto or cpu"
        )
    if name == "cuda":
        name = f"cuda:{_own_gpu()}"
    return torch.device(name)


def _own_gpu() -> int:
    """The number of this process among those of its node, started by torchrun or by nobody."""
    own, there = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
    if own >= there:
        raise UserError(f"process {own} of this job has no GPU, torch finds {there}; ask for more")
    return own


def _autocast_dtype(precision: str, device: torch.device) -> torch.dtype | None:
    if precision == "auto":
        precision = "bf16" if _has_bfloat16(device) else "fp32"
    if precision == "fp16" and device.type == "cpu":
        raise UserError("runtime.precision: fp16 needs a GPU; use auto, bf16 or fp32")
    return {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


def _has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 arithmetic is done in hardware (emulated it is slower than float32)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    probe = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(probe and probe())


def _send(value: Any, device: torch.device) -> Any:
    if isinstance(value, torch.Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, Mapping):
        return {key: _send(item, device) for key, item in value.items()}
    if isinstance(value, list):
        return [_send(item, device) for item in value]
    return value
