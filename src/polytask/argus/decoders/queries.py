"""What queries say of an image: objects or segments, from their class and mask logits.

Shapes: Q queries, C classes and, as the last logit, none of them; H W pixels; N objects.
"""

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor
from torchvision.ops import masks_to_boxes


def instances(
    class_logits_QC: Tensor, mask_logits_QHW: Tensor, max_detections: int
) -> dict[str, Tensor]:
    """The objects of an image, best first: boxes (N,4), scores (N,), classes (N,), masks (N,H,W).

    A query may stand for several classes. Its score is that of the class times the mean probability
    inside of its mask (Mask2Former, official code); a mask without pixels is no object.
    """
    class_scores = class_logits_QC.softmax(-1)[:, :-1]
    num_classes = class_scores.shape[1]
    scores, chosen = class_scores.flatten().topk(min(max_detections, class_scores.numel()))
    mask_logits = mask_logits_QHW[chosen // num_classes]
    masks = mask_logits > 0
    areas = masks.sum((1, 2))
    scores = scores * (mask_logits.sigmoid() * masks).sum((1, 2)) / areas.clamp(min=1)
    order = scores.argsort(descending=True)
    order = order[areas[order] > 0]
    boxes = masks_to_boxes(masks[order]).float()
    boxes[:, 2:] += 1  # the last pixel's far side
    return {
        "boxes": boxes,
        "scores": scores[order],
        "classes": (chosen % num_classes)[order],
        "masks": masks[order],
    }


def panoptic(
    class_logits_QC: Tensor,
    mask_logits_QHW: Tensor,
    stuff: Collection[int],
    *,
    score_threshold: float,
    overlap_threshold: float,
) -> dict[str, Any]:
    """Segments of an image: ids int32 (H,W), 0 for nothing, and each id's class and score.

    Queries above `score_threshold` compete for every pixel; one that wins less than
    `overlap_threshold` of its own mask is dropped, and a `stuff` class is one segment
    (Mask2Former, official code). Differs from transformers' version: that one resamples masks
    twice, and its ids after a merged segment can repeat earlier ones.
    """
    scores, classes = class_logits_QC.softmax(-1).max(-1)
    kept = (classes < class_logits_QC.shape[1] - 1) & (scores > score_threshold)
    scores, classes = scores[kept], classes[kept]
    if len(scores) == 0:
        ids = torch.zeros_like(mask_logits_QHW[0], dtype=torch.int32)
        return {"ids": ids, "segments": []}
    masks = mask_logits_QHW[kept].sigmoid()
    winner_HW = (masks * scores[:, None, None]).argmax(0)
    inside_HW = masks.gather(0, winner_HW[None])[0] >= 0.5
    won = winner_HW.flatten().bincount(minlength=len(scores))
    shown = winner_HW[inside_HW].bincount(minlength=len(scores))
    valid = (shown > 0) & (won >= overlap_threshold * (masks >= 0.5).sum((1, 2)))
    numbers, segments = _numbered(valid.tolist(), classes.tolist(), scores.tolist(), stuff)
    ids = torch.tensor(numbers, dtype=torch.int32, device=masks.device)[winner_HW]
    return {"ids": ids * inside_HW, "segments": segments}


def _numbered(
    valid: list[bool], classes: list[int], scores: list[float], stuff: Collection[int]
) -> tuple[list[int], list[dict[str, Any]]]:
    """A segment's id per query, 0 for those not valid, and the segments in the order of ids."""
    numbers: list[int] = []
    segments: list[dict[str, Any]] = []
    of_class: dict[int, dict[str, Any]] = {}
    for is_valid, label, score in zip(valid, classes, scores, strict=True):
        if not is_valid:
            numbers.append(0)
            continue
        segment = of_class.get(label)
        if segment is None:
            segment = {"id": len(segments) + 1, "class": label, "score": score}
            segments.append(segment)
            if label in stuff:
                of_class[label] = segment
        segment["score"] = max(segment["score"], score)
        numbers.append(segment["id"])
    return numbers, segments
