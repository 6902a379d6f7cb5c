"""AP of poses: hand-computed similarities, and pycocotools' own numbers."""

import contextlib
import io
import math

import numpy as np
import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from polytask.errors import UserError
from polytask.metrics.keypoints import KeypointAP

NOSE, LEFT_EYE = 0, 1
NOSE_SIGMA, EYE_SIGMA = 0.026, 0.025


def person(joints, image=1, area=10_000.0):
    """Somebody whose labelled joints are {index: (x, y)}."""
    keypoints = torch.zeros(17, 3)
    for at, (x, y) in joints.items():
        keypoints[at] = torch.tensor([x, y, 2.0])
    box = torch.tensor([0.0, 0.0, 100.0, 100.0])
    return {"person": {"image": image, "keypoints": keypoints, "area": area, "box": box}}


def pose(joints, score=0.5):
    keypoints = torch.zeros(17, 3)
    for at, (x, y) in joints.items():
        keypoints[at] = torch.tensor([x, y, 1.0])
    return {"keypoints": keypoints, "score": score}


def measured(*pairs):
    metric = KeypointAP()
    for prediction, sample in pairs:
        metric.update(prediction, sample)
    return metric.compute()


def distance(similarity, sigma, area=10_000.0):
    """How far off a joint is, in pixels, at a similarity."""
    return 2 * sigma * math.sqrt(-2 * area * math.log(similarity))


@pytest.mark.parametrize(("similarity", "expected"), [(0.72, 50), (0.97, 100), (0.49, 0)])
def test_similarity_is_a_bell_of_the_distance(similarity, expected):
    off = distance(similarity, NOSE_SIGMA)
    found = measured((pose({NOSE: (50 + off, 50)}), person({NOSE: (50, 50)})))
    assert found["ap"] == pytest.approx(expected)
    assert found["ap50"] == (100 if similarity > 0.5 else 0)
    assert found["ap75"] == (100 if similarity > 0.75 else 0)


def test_only_labelled_joints_count_and_each_has_its_own_width():
    off = distance(0.62, EYE_SIGMA)
    wrong = pose({NOSE: (50, 50), LEFT_EYE: (60, 50 + off), 16: (-900, 900)})
    found = measured((wrong, person({NOSE: (50, 50), LEFT_EYE: (60, 50)})))
    assert found["ar"] == pytest.approx(70)  # (1 + 0.62) / 2 is at least 0.50, ..., 0.80


def test_two_people_of_one_image_are_matched_to_the_nearer_poses():
    two = [person({NOSE: (20, 20)}), person({NOSE: (80, 80)})]
    swapped = [pose({NOSE: (80, 80)}, 0.9), pose({NOSE: (20, 20)}, 0.4)]
    assert measured(*zip(swapped, two, strict=True))["ap"] == pytest.approx(100)


def test_people_of_other_images_are_not_matched():
    two = [person({NOSE: (20, 20)}), person({NOSE: (80, 80)}, image=2)]
    swapped = [pose({NOSE: (80, 80)}), pose({NOSE: (20, 20)})]
    assert measured(*zip(swapped, two, strict=True))["ap"] == 0


def test_a_person_without_a_labelled_joint_has_no_say():
    seen = pose({NOSE: (50, 50)}, 0.3), person({NOSE: (50, 50)})
    unlabelled = pose({NOSE: (20, 20)}, 0.9), person({}, image=2)
    assert measured(seen, unlabelled)["ap"] == pytest.approx(100)
    with pytest.raises(UserError, match="labelled joint"):
        measured(unlabelled)


def random_pairs():
    """60 people in 25 images: hidden and missing joints, equal scores, all sizes."""
    generator = np.random.default_rng(2)
    for _ in range(60):
        width, height = generator.uniform(20, 200, 2)
        left, top = generator.uniform(0, 100, 2)
        joints = generator.random((17, 2)) * (width, height) + (left, top)
        seen = generator.choice([0, 1, 2], 17) * (generator.random() > 0.1)
        noise = generator.normal(0, 0.04 * math.hypot(width, height), (17, 2))
        truth = {
            "image": int(generator.integers(25)) * 3 + 7,
            "keypoints": torch.tensor(np.column_stack([joints, seen]), dtype=torch.float32),
            "area": float(width * height * 0.6),
            "box": torch.tensor([left, top, left + width, top + height]),
        }
        guess = torch.tensor(np.column_stack([joints + noise, seen]), dtype=torch.float32)
        score = float(generator.integers(1, 8)) / 8
        yield {"keypoints": guess, "score": score}, {"person": truth}


def reference(pairs):
    truths, found = [], []
    for number, (prediction, sample) in enumerate(pairs, 1):
        truth = sample["person"]
        left, top, right, bottom = truth["box"].tolist()
        entry = {"image_id": truth["image"], "category_id": 1}
        truths.append({
            **entry, "id": number, "iscrowd": 0, "area": truth["area"],
            "keypoints": truth["keypoints"].flatten().tolist(),
            "num_keypoints": int((truth["keypoints"][:, 2] > 0).sum()),
            "bbox": [left, top, right - left, bottom - top],
        })  # fmt: skip
        joints = prediction["keypoints"].flatten().tolist()
        found.append({**entry, "keypoints": joints, "score": prediction["score"]})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        images = [{"id": image} for image in {truth["image_id"] for truth in truths}]
        coco.dataset = {"images": images, "annotations": truths, "categories": [{"id": 1}]}
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(found), "keypoints")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return {
        name: 100 * run.stats[at] for name, at in (("ap", 0), ("ap50", 1), ("ap75", 2), ("ar", 5))
    }


def test_agrees_with_pycocotools():
    pairs = list(random_pairs())
    found = measured(*pairs)
    assert 5 < found["ap"] < 95
    assert found == pytest.approx(reference(pairs), rel=0, abs=1e-9)
