"""Objects and detections of small images, made from boxes."""

import torch


def filled(boxes, size=(100, 100)):
    """Masks bool (N,H,W) that fill boxes (N,4) of whole pixels."""
    masks = torch.zeros(len(boxes), *size, dtype=torch.bool)
    for mask, (left, top, right, bottom) in zip(masks, boxes.int().tolist(), strict=True):
        mask[top:bottom, left:right] = True
    return masks


def instances(boxes, classes=None, crowd=None, areas=None, size=(100, 100)):
    """Instances whose masks fill their boxes."""
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    masks = filled(boxes, size)
    count = len(boxes)
    return {
        "masks": masks,
        "boxes": boxes,
        "classes": torch.tensor(classes or [0] * count, dtype=torch.int64),
        "crowd": torch.tensor(crowd or [False] * count, dtype=torch.bool),
        "areas": masks.sum((1, 2)).float() if areas is None else torch.tensor(areas),
        "keypoints": torch.zeros(count, 17, 3),
    }


def detections(boxes, scores, classes=None, size=(100, 100)):
    """A prediction whose masks fill its boxes."""
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return {
        "boxes": boxes,
        "scores": torch.tensor(scores, dtype=torch.float32),
        "classes": torch.tensor(classes or [0] * len(boxes), dtype=torch.int64),
        "masks": filled(boxes, size),
    }
