"""Losses of the dense tasks: labelled pixels only; zero, with a gradient, where there are none.

Predictions are raw network outputs (B, C, H, W). A batch's loss is a sum over its labelled pixels
divided by their number, taken in float32 whatever the precision of the network. Processes that
share a batch divide by their fair share of that number: the mean of their losses is the batch's.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from polytask.across_processes import fair_share, mean, total
from polytask.tasks import IGNORE


def cross_entropy(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean cross entropy of logits (B, K, H, W) with labels (B, H, W), 255 = ignored (semseg)."""
    return _sum_of_cross_entropies(prediction, target) / _count(target != IGNORE)


def human_parts_cross_entropy(prediction: Tensor, target: Tensor) -> Tensor:
    """Cross entropy over the images that show a person; labels all 0 or 255 are ignored (SAK)."""
    with_person = ((target != 0) & (target != IGNORE)).flatten(1).any(dim=1)
    return cross_entropy(prediction, torch.where(with_person[:, None, None], target, IGNORE))


def balanced_cross_entropy(prediction: Tensor, target: Tensor) -> Tensor:
    """Cross entropy of two logits (B, 2, H, W), classes weighted by the batch's share of the other.

    Labels (B, H, W) are {0, 1, 255 = ignored}; the weights sum to one, not to two (SAK, sal).
    """
    num_valid = _count(target != IGNORE)
    salient = mean((target == 1).sum()) / num_valid
    weights = torch.stack([salient, 1 - salient])
    return _sum_of_cross_entropies(prediction, target, weights) / num_valid


def balanced_binary_cross_entropy(prediction: Tensor, target: Tensor, pos_weight: float) -> Tensor:
    """Binary cross entropy, boundary pixels weighted by `pos_weight`, the others by 1 - it (edge).

    Logits and labels {0, 1, 255 = ignored} are (B, 1, H, W). SAK uses 0.95, ATRC 0.8 for NYUD-v2.
    """
    valid = target != IGNORE
    total = F.binary_cross_entropy_with_logits(
        prediction.float(), torch.where(valid, target, 0).float(), weight=valid.float(),
        pos_weight=prediction.new_tensor(pos_weight / (1 - pos_weight), dtype=torch.float32),
        reduction="sum",
    )  # fmt: skip
    return (1 - pos_weight) * total / _count(valid)


def normals_l1(prediction: Tensor, target: Tensor) -> Tensor:
    """L1 distance of normalised vectors to unit normals (B, 3, H, W), the zero vector = unlabelled.

    The three channels are summed per pixel, so that it is 3 times the mean over elements that most
    libraries take (SAK, ATRC, InvPT).
    """
    valid = (target != 0).any(dim=1, keepdim=True)
    distance = (F.normalize(prediction.float(), dim=1) - target).abs() * valid
    return distance.sum() / _count(valid)


def normals_dot_product(prediction: Tensor, target: Tensor) -> Tensor:
    """1 - cosine of vectors to unit normals (B, 3, H, W), the zero vector = unlabelled.

    Between 0 (the same direction) and 2 (the opposite one); lengths do not count (SIMO, 6.1.3).
    """
    valid = (target != 0).any(dim=1)
    cosine = (F.normalize(prediction.float(), dim=1) * target).sum(dim=1)
    return ((1 - cosine) * valid).sum() / _count(valid)


def depth_l1(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error in metres of depths (B, 1, H, W), 0 = unlabelled (SAK)."""
    valid = target > 0
    return ((prediction.float() - target).abs() * valid).sum() / _count(valid)


def _sum_of_cross_entropies(
    prediction: Tensor, target: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Over labelled pixels, from logits (B, K, H, W); a row per pixel is twice as fast on CPUs."""
    logits = prediction.float().permute(0, 2, 3, 1).flatten(0, 2)
    return F.cross_entropy(
        logits, target.flatten(), weight=weights, ignore_index=IGNORE, reduction="sum"
    )


def _count(valid: Tensor) -> Tensor:
    """Number of set pixels, at least one; with several processes the mean of their numbers."""
    return fair_share(total(valid.sum()).clamp(min=1))
