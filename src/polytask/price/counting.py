"""FLOPs and kept activations of models, counted on the meta device: shapes without numbers.

A FLOP is one multiplication or one addition. Matrix products, convolutions and attention are
counted; all else costs memory traffic and hardly any FLOPs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from polytask.price.meter import FlopMeter

META = torch.device("meta")
Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class Count:
    """FLOPs, those of the forward pass among them, and the bytes (float32) that it keeps."""

    flops: int
    forward_flops: int
    kept_bytes: int = 0


def on_meta(build: Callable[[], Module]) -> Module:
    """What `build` makes, in eval mode, without any memory; its attention is the fused one."""
    with META, FlopMeter():
        module = build().eval()
    for part in module.modules():
        if hasattr(part, "fused_attn"):
            part.fused_attn = True  # the model for a CPU may have been built without
    return module


def forward_count(run: Callable[[], Any]) -> Count:
    """What a forward pass without gradients takes."""
    with torch.no_grad(), META, FusedAttention(), FlopMeter() as meter:
        run()
    return Count(meter.flops, meter.flops)


def training_count(module: nn.Module, run: Callable[[], Iterable[Tensor]]) -> Count:
    """What a forward pass of `module` and the backward pass from all its outputs take.

    Weights that do not require a gradient get none, as in training.
    """
    kept = _Kept(module)
    with META, FusedAttention(), FlopMeter() as meter:
        with saved_tensors_hooks(kept.note, lambda tensor: tensor):
            total = sum(output.sum() for output in run() if output.requires_grad)
        forward = meter.flops
        total.backward()
    module.zero_grad()
    return Count(meter.flops, forward, sum(kept.sizes.values()))


class _Kept:
    """The memory of the tensors that are saved for a backward pass, weights left out."""

    def __init__(self, module: nn.Module) -> None:
        tensors = [*module.parameters(), *module.buffers()]
        self.weights = {tensor.untyped_storage()._cdata for tensor in tensors}
        self.sizes: dict[int, int] = {}

    def note(self, tensor: Tensor) -> Tensor:
        """Count the memory behind `tensor` once, however many views of it are saved."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self.weights:
            self.sizes[storage._cdata] = storage.nbytes()
        return tensor


class FusedAttention(TorchFunctionMode):
    """Attention as the one operator that GPUs run, which keeps no matrix of tokens by tokens.

    A bias is left out: it changes the values alone.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is not F.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        heads = [each if each.ndim == 4 else each[None] for each in args[:3]]
        operator = torch.ops.aten._scaled_dot_product_efficient_attention
        outputs, *_ = operator(*heads, None, torch.is_grad_enabled())
        return outputs if args[0].ndim == 4 else outputs[0]
