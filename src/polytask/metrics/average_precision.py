"""Average precision of boxes and of masks, as COCO defines it."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
from faster_coco_eval import mask as run_lengths
from torch import Tensor

from polytask.errors import UserError
from polytask.metrics.coco_evaluation import Entry, coco_numbers, corner_and_size

MAX_DETECTIONS = 100
NAMES = {
    "ap": "AP_all",
    "ap50": "AP_50",
    "ap75": "AP_75",
    "ap_small": "AP_small",
    "ap_medium": "AP_medium",
    "ap_large": "AP_large",
}


class AveragePrecision:
    """AP over IoU 0.50:0.95, at 0.50, at 0.75, and of small, medium and large objects, in percent.

    Of the boxes or of the masks (kept as run lengths). The 100 detections of the highest scores in
    an image count, over all classes (COCO's rules; its code takes 100 of every class). A detection
    is as large as its box or its mask, an object as large as its annotated area.
    """

    def __init__(self, kind: Literal["box", "mask"], num_classes: int) -> None:
        self.kind, self.num_classes = kind, num_classes
        self.images: list[Entry] = []
        self.truths: list[Entry] = []
        self.detections: list[Entry] = []

    def update(self, prediction: Mapping[str, Tensor], sample: Mapping[str, Any]) -> None:
        """Add one image: "boxes" (N,4), "scores" (N,), "classes" (N,), "masks" bool (N,H,W).

        Boxes and masks are as in data.instances.Instances, which is what sample["instances"] is;
        only those that `kind` needs are read. UserError on a label outside the classes.
        """
        truth = sample["instances"]
        outside = truth["classes"][(truth["classes"] < 0) | (truth["classes"] >= self.num_classes)]
        if len(outside):
            raise UserError(
                f"ap: an object is of class {int(outside[0])}, the classes are 0 to "
                f"{self.num_classes - 1}; check the labels of the objects"
            )
        image = len(self.images) + 1
        height, width = truth["masks"].shape[-2:]
        self.images.append({"id": image, "height": height, "width": width})
        for at, entry in enumerate(self._entries(truth, image)):
            area, crowd = truth["areas"][at].item(), int(truth["crowd"][at])
            number = len(self.truths) + 1
            self.truths.append({**entry, "id": number, "area": area, "iscrowd": crowd})
        best = prediction["scores"].argsort(descending=True, stable=True)[:MAX_DETECTIONS]
        kept = {name: values[best] for name, values in prediction.items()}
        for entry, score in zip(self._entries(kept, image), kept["scores"].tolist(), strict=True):
            self.detections.append({**entry, "score": score})

    def compute(self) -> dict[str, float]:
        """ap, ap50, ap75, and ap_small, ap_medium, ap_large where there are objects of that size.

        UserError where no object was seen but crowds.
        """
        kind = {"box": "bbox", "mask": "segm"}[self.kind]
        found = coco_numbers(kind, self.images, self.truths, self.detections, self.num_classes)
        if "AP_all" not in found:
            raise UserError("ap: no object was seen; check the labels of the objects")
        return {name: found[theirs] for name, theirs in NAMES.items() if theirs in found}

    def _entries(self, objects: Mapping[str, Tensor], image: int) -> Iterator[Entry]:
        """COCO's entries of boxes or masks."""
        for at, index in enumerate(objects["classes"].tolist()):
            entry = {"image_id": image, "category_id": index + 1}
            if self.kind == "box":
                yield {**entry, "bbox": corner_and_size(objects["boxes"][at])}
            else:
                pixels = np.asfortranarray(objects["masks"][at].numpy(), dtype=np.uint8)
                yield {**entry, "segmentation": run_lengths.encode(pixels)}
