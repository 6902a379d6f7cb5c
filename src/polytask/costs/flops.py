"""FLOPs of a forward pass, counted while it runs. One multiplication or one addition is one."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode


@torch.no_grad()
def count_flops(run: Callable[[], Any]) -> int:
    """FLOPs of a call by torch's own formulas: matrix products, convolutions, attention.

    All else costs memory traffic and hardly any FLOPs.
    """
    with PlainAttention(), FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


class PlainAttention(TorchFunctionMode):
    """Attention as two matrix products, which are counted; torch has no formula for a CPU's own.

    A mask is left out: it changes values alone.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is not F.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        q, k, v = args[:3]
        return _attention(q, k, v)


def _attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(dim=-1) @ v
