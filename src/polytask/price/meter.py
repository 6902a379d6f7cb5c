"""FLOPs of what runs on the meta device, by torch's own formulas (torch.utils.flop_counter).

`FlopCounterMode` gives the same sum, also says which module it came from, and takes four times as
long. Most of the time goes into the shapes of a few operators, known here without torch.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten


class FlopMeter(TorchDispatchMode):
    """Adds up `flops` while it is entered; only for tensors on the meta device."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        with torch._C.DisableTorchFunction():
            out = SHAPES.get(func, func)(*args, **kwargs)
        if formula := flop_registry.get(func.overloadpacket):
            self.flops += formula(*args, **kwargs, out_val=out)
        return out


def _same(first: Tensor, *_: Any, **__: Any) -> Tensor:
    return first


def _like_first(first: Tensor, *_: Any, **__: Any) -> Tensor:
    return torch.empty_like(first)


def _like_second(_: Tensor, second: Tensor, **__: Any) -> Tensor:
    return torch.empty_like(second)


def _broadcast(first: Tensor, second: Any, **_: Any) -> Tensor:
    if not isinstance(second, Tensor) or second.shape == first.shape:
        return torch.empty_like(first)
    return first.new_empty(torch.broadcast_shapes(first.shape, second.shape))


def _product(_: Tensor, rows: Tensor, columns: Tensor, **__: Any) -> Tensor:
    return rows.new_empty(rows.shape[0], columns.shape[1])


def _layer_norm(values: Tensor, shape: list[int], *_: Any) -> tuple[Tensor, Tensor, Tensor]:
    outer = (*values.shape[: values.ndim - len(shape)], *[1] * len(shape))
    return torch.empty_like(values), values.new_empty(outer), values.new_empty(outer)


def _layer_norm_backward(
    _: Tensor, values: Tensor, *others: Any
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    *_, weight, bias, mask = others
    tensors = (values, weight, bias)
    values, weight, bias = (
        torch.empty_like(t) if wanted else None for t, wanted in zip(tensors, mask, strict=True)
    )
    return values, weight, bias


SHAPES: dict[Any, Callable[..., Any]] = {
    aten.add.Tensor: _broadcast,
    aten.mul.Tensor: _broadcast,
    aten.addmm.default: _product,
    aten.gelu.default: _like_first,
    aten.gelu_backward.default: _like_second,
    aten.native_layer_norm.default: _layer_norm,
    aten.native_layer_norm_backward.default: _layer_norm_backward,
    **dict.fromkeys(
        (
            aten.uniform_.default, aten.normal_.default, aten.erfinv_.default, aten.mul_.Tensor,
            aten.add_.Tensor, aten.clamp_.default, aten.fill_.Scalar, aten.zero_.default,
        ),
        _same,
    ),
}  # fmt: skip
"""What operators return whose shapes torch takes long to find; in place: values alone change."""
