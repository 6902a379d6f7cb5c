"""COCO's evaluation of detections and of poses, run by faster-coco-eval."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from faster_coco_eval import COCO, COCOeval_faster
from torch import Tensor

Entry = dict[str, Any]
"""An object as COCO's JSON files have it."""
MISSING = -1.0
"""What COCO's evaluation says where there is no object to be found."""


def coco_numbers(
    kind: Literal["bbox", "segm", "keypoints"],
    images: Iterable[Entry],
    truths: Sequence[Entry],
    detections: list[Entry],
    num_classes: int,
) -> dict[str, float]:
    """COCO's summary in percent by the library's names (`AP_all`, `AR_50`, ...).

    Categories are 1..num_classes; ids of objects must not be 0, which means "unmatched". A number
    without an object that it could be about is left out.
    """
    categories = [{"id": at, "name": str(at)} for at in range(1, num_classes + 1)]
    dataset = {"images": list(images), "annotations": truths, "categories": categories}
    truth = COCO(dataset)
    evaluation = COCOeval_faster(truth, truth.loadRes(detections), kind)
    evaluation.run()
    found = evaluation.stats_as_dict
    return {name: 100 * value for name, value in found.items() if value != MISSING}


def corner_and_size(box: Tensor) -> list[float]:
    """Left, top, right, bottom (4,) as COCO's left, top, width, height."""
    left, top, right, bottom = box.tolist()
    return [left, top, right - left, bottom - top]
