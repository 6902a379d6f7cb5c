"""Losses of the dense tasks: labelled pixels only; zero, with a gradient, where there are none.

Predictions are raw network outputs (B, C, H, W). A batch's loss is a sum over its labelled pixels
divided by their number, taken in float32 whatever the precision of the network. Processes that
share a batch divide by their fair share of that number: the mean of their losses is the batch's.
So do the parts of a batch whose `counts` are given (`losses.counts`).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from polytask.known_pixels import known_pixels
from polytask.losses.counts import Counts, count, with_person
from polytask.tasks import IGNORE


def cross_entropy(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """Mean cross entropy of logits (B, K, H, W) with labels (B, H, W), 255 = ignored."""
    counts = counts or count("semseg", target)
    return _sum_of_cross_entropies(prediction, target) / counts.labelled


def human_parts_cross_entropy(
    prediction: Tensor, target: Tensor, counts: Counts | None = None
) -> Tensor:
    """Cross entropy over the images that show a person; labels all 0 or 255 are ignored (SAK)."""
    counts = counts or count("human_parts", target)
    return cross_entropy(prediction, with_person(target), counts)


def balanced_cross_entropy(
    prediction: Tensor, target: Tensor, counts: Counts | None = None
) -> Tensor:
    """Cross entropy of two logits (B, 2, H, W), classes weighted by the batch's share of the other.

    Labels (B, H, W) are {0, 1, 255 = ignored}; the weights sum to one, not to two (SAK, sal).
    """
    counts = counts or count("sal", target)
    salient = counts.positive / counts.labelled
    weights = torch.stack([salient, 1 - salient])
    return _sum_of_cross_entropies(prediction, target, weights) / counts.labelled


def balanced_binary_cross_entropy(
    prediction: Tensor, target: Tensor, pos_weight: float, counts: Counts | None = None
) -> Tensor:
    """Binary cross entropy, boundary pixels weighted by `pos_weight`, the others by 1 - it (edge).

    Logits and labels {0, 1, 255 = ignored} are (B, 1, H, W). SAK uses 0.95, ATRC 0.8 for NYUD-v2.
    """
    counts = counts or count("edge", target)
    valid = known_pixels("edge", target)
    total = F.binary_cross_entropy_with_logits(
        prediction.float(), torch.where(valid, target, 0).float(), weight=valid.float(),
        pos_weight=prediction.new_tensor(pos_weight / (1 - pos_weight), dtype=torch.float32),
        reduction="sum",
    )  # fmt: skip
    return (1 - pos_weight) * total / counts.labelled


def normals_l1(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """L1 distance of normalised vectors to unit normals (B, 3, H, W), the zero vector = unlabelled.

    The three channels are summed per pixel, so that it is 3 times the mean over elements that most
    libraries take (SAK, ATRC, InvPT).
    """
    counts = counts or count("normals", target)
    valid = known_pixels("normals", target)
    distance = (F.normalize(prediction.float(), dim=1) - target).abs() * valid
    return distance.sum() / counts.labelled


def normals_raw_l1(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """Mean absolute error over channels of vectors as they are to unit normals, zero = unlabelled.

    Both (B, 3, H, W); a prediction must learn its length too (SIMO's code).
    """
    counts = counts or count("normals", target)
    distance = (prediction.float() - target).abs() * known_pixels("normals", target)
    return distance.sum() / (target.shape[1] * counts.labelled)


def normals_dot_product(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """1 - cosine of vectors to unit normals (B, 3, H, W), the zero vector = unlabelled.

    Between 0 (the same direction) and 2 (the opposite one); lengths do not count (SIMO, 6.1.3).
    """
    counts = counts or count("normals", target)
    valid = known_pixels("normals", target)
    cosine = (F.normalize(prediction.float(), dim=1) * target).sum(dim=1, keepdim=True)
    return ((1 - cosine) * valid).sum() / counts.labelled


def positive_l1(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """Mean absolute error of depths or disparities (B, 1, H, W), 0 = unlabelled (SAK, SIMO)."""
    counts = counts or count("depth", target)
    distance = (prediction.float() - target).abs() * known_pixels("depth", target)
    return distance.sum() / counts.labelled


def regression_l1(prediction: Tensor, target: Tensor, counts: Counts | None = None) -> Tensor:
    """Mean absolute error over pixels and channels (B, C, H, W), NaN = unlabelled (SIMO, 6.1.3)."""
    counts = counts or count("keypoints", target)
    valid = known_pixels("keypoints", target)
    distance = (prediction.float() - torch.where(valid, target, 0)).abs() * valid
    return distance.sum() / (target.shape[1] * counts.labelled)


def _sum_of_cross_entropies(
    prediction: Tensor, target: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Over labelled pixels, from logits (B, K, H, W); a row per pixel is twice as fast on CPUs."""
    logits = prediction.float().permute(0, 2, 3, 1).flatten(0, 2)
    return F.cross_entropy(
        logits, target.flatten(), weight=weights, ignore_index=IGNORE, reduction="sum"
    )
