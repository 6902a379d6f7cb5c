"""Average precision and recall of poses, as COCO defines them."""

from collections.abc import Mapping
from typing import Any

from polytask.errors import UserError
from polytask.metrics.coco_evaluation import Entry, coco_numbers, corner_and_size

NAMES = {"ap": "AP_all", "ap50": "AP_50", "ap75": "AP_75", "ar": "AR_all"}


class KeypointAP:
    """AP and AR over OKS 0.50:0.95, AP at 0.50 and at 0.75, in percent.

    The object keypoint similarity is the mean of exp(-d^2 / (2 area (2 sigma)^2)) over labelled
    joints, with COCO's sigmas. Poses of one image compete for its people, at most 20 of them; a
    person without a labelled joint is neither missed nor, where found, wrong.
    """

    def __init__(self) -> None:
        self.images: set[int] = set()
        self.truths: list[Entry] = []
        self.detections: list[Entry] = []

    def update(self, prediction: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Add the pose of one person: "keypoints" (17,3), x, y and score, and its "score".

        sample["person"] has the "image" (a number), "keypoints" (17,3) with COCO's visibility,
        "area" and "box" (4,), left, top, right, bottom; all in pixels of the original image.
        """
        person = sample["person"]
        image = int(person["image"])
        entry = {"image_id": image, "category_id": 1}
        self.images.add(image)
        truth = {
            **entry,
            "id": len(self.truths) + 1,
            "keypoints": person["keypoints"].flatten().tolist(),
            "num_keypoints": int((person["keypoints"][:, 2] > 0).sum()),
            "area": float(person["area"]),
            "bbox": corner_and_size(person["box"]),
            "iscrowd": 0,
        }
        self.truths.append(truth)
        joints = prediction["keypoints"].flatten().tolist()
        self.detections.append({**entry, "keypoints": joints, "score": float(prediction["score"])})

    def compute(self) -> dict[str, float]:
        """ap, ap50, ap75 and ar; UserError where nobody with a labelled joint was seen."""
        images = [{"id": image} for image in sorted(self.images)]
        found = coco_numbers("keypoints", images, self.truths, self.detections, num_classes=1)
        if "AP_all" not in found:
            raise UserError("ap: nobody with a labelled joint was seen; check the keypoints")
        return {name: found[theirs] for name, theirs in NAMES.items()}
