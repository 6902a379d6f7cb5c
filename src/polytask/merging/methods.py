"""The methods that need nothing but weights, by name."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import Tensor

from polytask.errors import UserError, advice
from polytask.merging.breadcrumbs import breadcrumbs
from polytask.merging.dare import dare
from polytask.merging.layer_scaling import grow_with_depth
from polytask.merging.tall_masks import consensus, tall_mask_model
from polytask.merging.task_arithmetic import task_arithmetic
from polytask.merging.task_vectors import Weights
from polytask.merging.ties import ties

Method = Callable[[Weights, Sequence[Weights]], Mapping[str, Tensor]]
"""theta_0 and theta_1, ..., theta_T -> the merged weights."""

METHODS: dict[str, Callable[..., dict[str, Tensor]]] = {
    "task_arithmetic": task_arithmetic,
    "ties": ties,
    "dare": dare,
    "breadcrumbs": breadcrumbs,
    "consensus": consensus,
    "tall_mask": tall_mask_model,
}


def bound(
    name: str, options: Mapping[str, Any], scale: float | None = None, deep: float | None = None
) -> Method:
    """The method `name` with its options; `scale` is alpha, `deep` that of the last block (LiNeS).

    Raises UserError for a method or an option that there is not.
    """
    if name not in METHODS:
        raise UserError(f"merging method {name!r}: there is none; {advice(name, METHODS)}")
    function = METHODS[name]
    known = inspect.signature(function).parameters
    given = dict(options) if scale is None else {**options, "scale": scale}
    for key in given:
        if key not in known:
            raise UserError(f"{key}: {name} has no such option")
    if name == "tall_mask" and "task" not in given:
        raise UserError("task: tall_mask makes the encoder of one task; say which, from 0")
    if deep is None:
        return partial(function, **given)
    if "scale" not in known:
        raise UserError(f"deep_scale: {name} has no such option")
    shallow = given.pop("scale", None)
    return partial(grow_with_depth, partial(function, **given), deep=deep, shallow=shallow)
