"""The common frame of merging by task vectors: tau_t = theta_t - theta_0, then one sum."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from polytask.errors import UserError

Weights = Mapping[str, Tensor]
"""A state dict, or anything that reads its tensors one at a time when they are asked for."""

Combine = Callable[[str, Tensor], Tensor]
"""g: the key and the task vectors (T, ...) of one tensor -> the merged one (...), a new tensor."""

Scale = Callable[[str], float]
"""alpha of one tensor, by its key."""


def merge(
    base: Weights, models: Sequence[Weights], combine: Combine, scale: float | Scale
) -> dict[str, Tensor]:
    """Return theta_0 + alpha g(tau_1, ..., tau_T), one tensor after the other (SIMO, Sec. 3).

    Computed in float32, returned in the base's type. alpha 0 gives the base back bit for bit.
    Raises UserError, with the key, where the models are not alike.
    """
    check_alike(base, models)
    merged = {}
    for key in base:
        alpha = scale(key) if callable(scale) else scale
        origin = base[key]
        if alpha:
            change = combine(key, task_vectors(base, models, key))
            merged[key] = change.mul_(alpha).add_(origin).to(origin.dtype)
        else:
            merged[key] = origin.clone()
    return merged


@torch.no_grad()
def task_vectors(base: Weights, models: Sequence[Weights], key: str) -> Tensor:
    """tau_1, ..., tau_T (T, ...) of one tensor, in float32."""
    origin = base[key].float()
    vectors_T = origin.new_empty(len(models), *origin.shape)
    for vector, model in zip(vectors_T, models, strict=True):
        torch.sub(model[key].float(), origin, out=vector)
    return vectors_T


def check_alike(base: Weights, models: Sequence[Weights]) -> None:
    """Raise UserError for the first key that is missing, left over, of another shape or integer."""
    if not models:
        raise UserError("nothing to merge: name at least one fine-tuned model")
    for number, model in enumerate(models, 1):
        for key in sorted(base.keys() ^ model.keys()):
            where = f"model {number}" if key in base else "the base"
            raise UserError(f"{key}: not in {where}; only models of one architecture merge")
    for key in base:
        origin = base[key]
        if not origin.is_floating_point():
            raise UserError(f"{key}: holds integers ({origin.dtype}), which have no mean")
        for number, model in enumerate(models, 1):
            if (shape := model[key].shape) != origin.shape:
                shapes = f"{tuple(shape)}, in the base {tuple(origin.shape)}"
                raise UserError(f"{key}: its shape in model {number} is {shapes}")
