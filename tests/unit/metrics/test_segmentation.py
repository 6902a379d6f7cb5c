"""Mean IoU: hand-computed values, ignored pixels, absent classes, images without a person."""

import pytest
import torch
from torch.nn.functional import one_hot

from polytask.errors import UserError
from polytask.metrics.segmentation import HumanPartsIoU, MeanIoU, PresentMeanIoU


def logits_of(classes, num_classes):
    """Logits (B, K, H, W) whose largest entry is the given class."""
    return one_hot(torch.as_tensor(classes), num_classes).movedim(-1, 1).float()


def test_hand_computed_iou_ignores_255():
    metric = MeanIoU(2)
    metric.update(logits_of([[[0, 1, 1, 0]]], 2), torch.tensor([[[0, 0, 1, 255]]]))
    assert metric.per_class().tolist() == [0.5, 0.5]
    assert metric.compute() == 50.0


@pytest.mark.parametrize(("metric", "expected"), [(MeanIoU(3), 200 / 3), (PresentMeanIoU(3), 100)])
def test_an_absent_class_counts_as_zero_or_not_at_all(metric, expected):
    labels = torch.tensor([[[0, 1], [1, 0]]])
    metric.update(logits_of(labels, 3), labels)
    assert metric.compute() == pytest.approx(expected)


def test_a_class_that_is_only_predicted_is_present():
    metric = PresentMeanIoU(4)
    metric.update(logits_of([[[0, 0, 2, 1]]], 4), torch.tensor([[[0, 0, 1, 1]]]))
    assert metric.compute() == pytest.approx(100 * (1 + 0.5 + 0) / 3)


def test_counts_are_pooled_over_the_data_set_whatever_the_batches():
    generator = torch.Generator().manual_seed(0)
    prediction = torch.randn(6, 4, 8, 8, generator=generator)
    labels = torch.randint(0, 4, (6, 8, 8), generator=generator)
    whole, parts = MeanIoU(4), MeanIoU(4)
    whole.update(prediction, labels)
    for order in ([5, 0], [3], [1, 2, 4]):
        parts.update(prediction[order], labels[order])
    assert whole.compute() == parts.compute()


def test_images_without_a_person_are_left_out():
    labels = torch.tensor([[[0, 1], [0, 2]], [[0, 0], [255, 0]]])
    alone, both = HumanPartsIoU(3), HumanPartsIoU(3)
    alone.update(logits_of(labels[:1], 3), labels[:1])
    both.update(logits_of([[[0, 1], [0, 2]], [[2, 2], [2, 2]]], 3), labels)
    assert alone.compute() == both.compute() == 100.0


@pytest.mark.parametrize("label", [2, -1])
def test_a_label_outside_the_classes_is_an_error(label):
    with pytest.raises(UserError, match="classes"):
        MeanIoU(2).update(torch.zeros(1, 2, 1, 1), torch.tensor([[[label]]]))


def test_nothing_labelled_is_an_error():
    metric = HumanPartsIoU(7)
    metric.update(torch.zeros(1, 7, 2, 2), torch.zeros(1, 2, 2, dtype=torch.int64))
    with pytest.raises(UserError, match="no labelled pixel"):
        metric.compute()
