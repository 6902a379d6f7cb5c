"""Average precision of boxes and masks: hand-computed cases, and pycocotools' own numbers."""

import contextlib
import io

import numpy as np
import pytest
import torch
from coco_sample import FOUND, FOUND_MASKS, MASKS_SIZE, TRUE, TRUE_MASKS
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from small_objects import detections, instances
from torchvision.ops import box_area

from polytask.errors import UserError
from polytask.metrics.average_precision import AveragePrecision

SIDE = 160
KINDS = pytest.mark.parametrize("kind", ["box", "mask"])


def measured(kind, *images, num_classes=1):
    metric = AveragePrecision(kind, num_classes)
    for prediction, truth in images:
        metric.update(prediction, {"instances": truth})
    return metric.compute()


@KINDS
def test_one_object_of_two_found_has_precision_one_up_to_recall_one_half(kind):
    truth = instances([[0, 0, 20, 20], [50, 50, 70, 70]])
    found = measured(kind, (detections([[0, 0, 20, 20]], [0.9]), truth))
    # precision 1 at the recalls 0, 0.01, ..., 0.50 of 101
    assert found == {name: pytest.approx(100 * 51 / 101) for name in found}
    assert set(found) == {"ap", "ap50", "ap75", "ap_small"}


@KINDS
def test_an_overlap_of_exactly_the_threshold_counts(kind):
    truth = instances([[0, 0, 40, 40]])
    found = measured(kind, (detections([[0, 0, 40, 20]], [0.9]), truth))
    assert found["ap50"] == pytest.approx(100)
    assert found["ap"] == pytest.approx(10)
    assert found["ap75"] == 0


@KINDS
def test_a_better_scored_false_alarm_halves_precision(kind):
    truth = instances([[0, 0, 20, 20]])
    boxes = [[60, 60, 80, 80], [0, 0, 20, 20]]
    assert measured(kind, (detections(boxes, [0.9, 0.4]), truth))["ap"] == pytest.approx(50)


@KINDS
def test_everything_found_is_100_and_nothing_0(kind):
    truth = instances([[0, 0, 40, 40], [50, 50, 60, 60]], [0, 1])
    perfect = detections([[0, 0, 40, 40], [50, 50, 60, 60]], [0.3, 0.2], [0, 1])
    assert measured(kind, (perfect, truth), num_classes=2)["ap"] == pytest.approx(100)
    assert measured(kind, (detections([], []), truth), num_classes=2)["ap"] == 0


@KINDS
def test_what_lies_in_a_crowd_is_no_false_alarm(kind):
    truth = instances([[0, 0, 20, 20], [40, 0, 100, 100]], crowd=[False, True])
    boxes = [[50, 10, 60, 20], [70, 10, 80, 20], [0, 0, 20, 20]]
    assert measured(kind, (detections(boxes, [0.9, 0.8, 0.1]), truth))["ap"] == pytest.approx(100)


def test_the_annotated_area_is_what_size_means():
    truth = instances([[0, 0, 20, 20]], areas=[96.0**2 + 1])
    assert "ap_large" in measured("box", (detections([], []), truth))


def test_a_hundred_detections_of_an_image_count():
    truth = instances([[0, 0, 20, 20]])
    boxes = [[60, 60, 80, 80]] * 100 + [[0, 0, 20, 20]]
    scores = torch.linspace(1, 0.1, 101).tolist()
    late = detections(boxes, scores, [1] * 100 + [0])
    assert measured("box", (late, truth), num_classes=2)["ap"] == 0
    early = detections(boxes, scores[::-1], [1] * 100 + [0])
    assert measured("box", (early, truth), num_classes=2)["ap"] == pytest.approx(100)


def test_nothing_to_find_is_an_error():
    with pytest.raises(UserError, match="no object"):
        measured("box", (detections([[0, 0, 9, 9]], [0.5]), instances([])))


def test_a_label_outside_the_classes_is_an_error():
    with pytest.raises(UserError, match="class 3"):
        measured("box", (detections([], []), instances([[0, 0, 9, 9]], [3])), num_classes=3)


def random_boxes(generator, count):
    """Boxes of all three sizes, of whole pixels."""
    size = generator.choice([8, 24, 60, 120], (count, 1)) + generator.integers(0, 8, (count, 2))
    start = (generator.random((count, 2)) * (SIDE - size)).astype(int)
    return np.concatenate([start, start + size], 1)


def random_images():
    """40 images: empty ones, crowds, equal scores, near misses, areas unlike the boxes'."""
    generator = np.random.default_rng(5)
    for number in range(40):
        count = 0 if number % 9 == 0 else int(generator.integers(1, 7))
        boxes = random_boxes(generator, count)
        classes = generator.integers(0, 3, count)
        areas = np.prod(boxes[:, 2:] - boxes[:, :2], 1) * generator.uniform(0.5, 1, count)
        crowd = generator.random(count) < 0.2
        truth = instances(
            boxes.tolist(), classes.tolist(), crowd.tolist(), areas.tolist(), (SIDE, SIDE)
        )
        near = boxes.repeat(2, 0) + generator.integers(-3, 4, (2 * count, 4))
        near = np.concatenate([near, random_boxes(generator, number % 4)]).clip(0, SIDE)
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        scores = (generator.integers(1, 12, len(near)) / 12).tolist()
        guessed = np.append(classes.repeat(2), generator.integers(0, 3, number % 4))
        yield detections(near.tolist(), scores, guessed.tolist(), (SIDE, SIDE)), truth


def reference_entries(objects, image, kind):
    for at, index in enumerate(objects["classes"].tolist()):
        entry = {"image_id": image, "category_id": index + 1}
        left, top, right, bottom = objects["boxes"][at].tolist()
        if kind == "box":
            entry["bbox"] = [left, top, right - left, bottom - top]
        else:
            entry["segmentation"] = coco_masks.encode(np.asfortranarray(objects["masks"][at]))
        yield at, entry


def reference(kind, images, num_classes):
    """pycocotools' six numbers of AP."""
    truths, found = [], []
    for image, (prediction, truth) in enumerate(images, 1):
        for at, entry in reference_entries(truth, image, kind):
            entry |= {"area": float(truth["areas"][at]), "iscrowd": int(truth["crowd"][at])}
            truths.append(entry | {"id": len(truths) + 1})
        for at, entry in reference_entries(prediction, image, kind):
            found.append(entry | {"score": float(prediction["scores"][at])})
    sizes = [truth["masks"].shape[-2:] for _, truth in images]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": at, "height": h, "width": w} for at, (h, w) in enumerate(sizes, 1)],
            "annotations": truths,
            "categories": [{"id": at + 1} for at in range(num_classes)],
        }
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(found), {"box": "bbox", "mask": "segm"}[kind])
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [100 * value for value in run.stats[:6]]


@KINDS
def test_agrees_with_pycocotools(kind):
    images = list(random_images())
    assert sum(len(prediction["scores"]) for prediction, _ in images) > 200
    found = list(measured(kind, *images, num_classes=3).values())
    assert 5 < found[0] < 95
    np.testing.assert_allclose(found, reference(kind, images, 3), rtol=0, atol=1e-9)


def sample_boxes():
    """The boxes of COCO's sample results, and of the objects in the same images."""
    for found, true in zip(FOUND, TRUE, strict=True):
        areas = box_area(torch.tensor(true["boxes"])).tolist()
        truth = instances(true["boxes"], true["classes"], None, areas, (640, 640))
        yield detections(**found, size=(640, 640)), truth


def sample_masks():
    """Its masks, and the objects' polygons as masks."""
    runs = [{"size": MASKS_SIZE, "counts": counts} for counts in FOUND_MASKS["counts"]]
    prediction = detections(FOUND_MASKS["boxes"], FOUND_MASKS["scores"], FOUND_MASKS["classes"])
    masks = torch.from_numpy(coco_masks.decode(runs)).permute(2, 0, 1).bool()
    runs = coco_masks.frPyObjects(TRUE_MASKS["polygons"], *MASKS_SIZE)
    truth = instances(TRUE_MASKS["boxes"], TRUE_MASKS["classes"], areas=TRUE_MASKS["areas"])
    true = torch.from_numpy(coco_masks.decode(runs)).permute(2, 0, 1).bool()
    return [(prediction | {"masks": masks}, truth | {"masks": true})]


def test_boxes_of_cocos_sample_results_have_the_numbers_of_pycocotools():
    images = list(sample_boxes())
    found = measured("box", *images, num_classes=7)
    np.testing.assert_allclose(list(found.values()), reference("box", images, 7), rtol=0, atol=1e-9)
    assert {name: round(value, 1) for name, value in found.items()} == {
        "ap": 63.7, "ap50": 85.9, "ap75": 76.1, "ap_small": 62.2, "ap_medium": 80.0,
        "ap_large": 63.5,
    }  # fmt: skip


def test_masks_of_cocos_sample_results_have_the_numbers_of_pycocotools():
    images = sample_masks()
    found = measured("mask", *images, num_classes=7)
    assert found["ap"] > 10
    expected = [value for value in reference("mask", images, 7) if value >= 0]
    np.testing.assert_allclose(list(found.values()), expected, rtol=0, atol=1e-9)
