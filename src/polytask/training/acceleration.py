"""What makes the same training faster: memory order and compilation. Bits may change, no equation.

Weights keep their names and shapes, so that checkpoints and models go from one to the other.
"""

import logging
import os
import shutil
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn

from polytask.training.runtime import Runtime

logger = logging.getLogger(__name__)


def accelerate(model: nn.Module, runtime: Runtime, **options: Any) -> None:
    """Lay out and compile `model` as the runtime says; `options` are those of `torch.compile`.

    Only its forward pass is compiled: neither losses nor the optimiser. Where torch would find no
    compiler, one line says so and the model stays as it is.
    """
    if runtime.channels_last:
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if not runtime.compile:
        return
    if "backend" not in options and (missing := _missing_compiler(runtime.device)):
        logger.warning("runtime.compile: there is no %s here; training is not compiled", missing)
        return
    mode = None if runtime.compile == "default" else runtime.compile
    model.compile(mode=mode, **options)


def _missing_compiler(device: torch.device) -> str | None:
    """What torch's own backend would look for in vain."""
    if device.type == "cuda":
        if find_spec("triton") is None:
            return "triton"
        candidates = [os.environ.get("CC"), "gcc", "clang"]
        return None if any(map(shutil.which, filter(None, candidates))) else "C compiler"
    return None if shutil.which(os.environ.get("CXX", "g++")) else "C++ compiler"
