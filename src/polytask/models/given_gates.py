"""Predictions whose gates are given by hand in place of what the routers choose.

Shapes: B images, L levels, K experts (the stem first), H W pixels.
"""

from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.fusion import MixtureFusion
from polytask.models.heads import predict_at
from polytask.models.multitask import MultiTaskModel
from polytask.models.routers import mix
from polytask.models.sak import Representations


def experts_of(model: nn.Module) -> tuple[str, ...]:
    """The names of what a model's routers weigh, the stem first; none where it has no routers."""
    fusion = getattr(model, "fusion", None)
    return fusion.experts if isinstance(fusion, MixtureFusion) else ()


def summing_to_one(weights_LK: Tensor) -> Tensor:
    """Weights divided by the sum of their row, as gates are (SAK, Eq. (4)).

    Raises UserError for a weight below 0 or not a number, and for a level without any weight.
    """
    if not bool((weights_LK >= 0).all()):
        raise UserError("weights: each must be 0 or more")
    sums_L1 = weights_LK.sum(dim=-1, keepdim=True)
    if not bool((sums_L1 > 0).all()):
        raise UserError("all weights of a level are 0: give at least one expert some weight")
    return weights_LK / sums_L1


def predict_given(
    model: MultiTaskModel,
    representations: Representations,
    task: str,
    gates_BLK: Tensor,
    image_hw: tuple[int, int],
) -> Tensor:
    """Raw outputs (B,C,H,W) of one task from what the student said once, mixed by these gates.

    Neither student nor routers run. The routers' own gates give the model's own prediction bit
    for bit; a gate of one for an expert makes the levels that expert's alone (SAK, section 3.3).
    Raises UserError for a model without routers, and for gates of another shape.
    """
    if not isinstance(model.fusion, MixtureFusion):
        raise UserError("this model has no routers; gates can be given to fusion 'mixture' only")
    levels = model.fusion.maps(representations)
    wanted = len(levels), len(levels[0])
    if tuple(gates_BLK.shape[1:]) != wanted:
        raise UserError(f"gates: {tuple(gates_BLK.shape[1:])}, not {wanted} (levels, experts)")
    fused = [mix(experts, gates_BLK[:, at]) for at, experts in enumerate(levels)]
    maps = model.decoder(fused, task)
    return predict_at(model.heads[task], maps, image_hw, model.student.padded_to)
