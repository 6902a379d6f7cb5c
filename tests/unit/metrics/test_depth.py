"""RMSE and absolute error: pooling over pixels, images or batches, and which depths count."""

import math

import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.absolute_error import MeanAbsoluteError
from polytask.metrics.depth import MeanImageRmse, RootMeanSquaredError


def depths(*values):
    return torch.tensor(values).view(1, 1, 1, -1)


def test_pixels_are_pooled_over_images_and_not_averaged_per_image():
    metric = RootMeanSquaredError()
    metric.update(depths(1.0, 1.0, 1.0), depths(1.0, 1.0, 1.0))
    metric.update(depths(4.0), depths(2.0))
    assert metric.compute() == pytest.approx(1.0)


@pytest.mark.parametrize("unlabelled", [0.0, -1.0, 80.0, 255.0])
def test_depths_outside_0_to_80_are_left_out(unlabelled):
    metric = RootMeanSquaredError()
    metric.update(depths(9.0, 3.0), depths(unlabelled, 1.0))
    assert metric.compute() == pytest.approx(2.0)


def test_negative_predictions_count_as_zero():
    metric = RootMeanSquaredError()
    metric.update(depths(-5.0, 2.0), depths(1.0, 1.0))
    assert metric.compute() == pytest.approx(math.sqrt(1.0))


def test_rmse_per_image_is_averaged_over_the_images_that_have_depth():
    """Errors of 3 m in one image, 1 m in the other: (3 + 1) / 2, pooled the root of (9 + 3) / 4."""
    prediction = torch.cat([depths(4.0, 9.0, 9.0), depths(2.0, 2.0, 2.0), depths(5.0, 5.0, 5.0)])
    target = torch.cat([depths(1.0, 0.0, 0.0), depths(1.0, 1.0, 1.0), depths(0.0, 0.0, 0.0)])
    per_image, pooled = MeanImageRmse(), RootMeanSquaredError()
    for metric in (per_image, pooled):
        metric.update(prediction, target)
    assert per_image.compute() == pytest.approx(2.0)
    assert pooled.compute() == pytest.approx(math.sqrt(3))


def test_absolute_error_is_pooled_in_a_batch_and_batches_weigh_by_their_images():
    """(1 + 3 * 4) / 4 = 3.25 over a batch of two images, 0.25 over one of one: 6.75 / 3."""
    metric = MeanAbsoluteError("depth")
    prediction = torch.cat([depths(3.0, 9.0, 9.0), depths(6.0, 6.0, 6.0)])
    metric.update(prediction, torch.cat([depths(2.0, 0.0, 0.0), depths(2.0, 2.0, 2.0)]))
    metric.update(depths(1.25, 7.0), depths(1.0, 0.0))
    metric.update(depths(5.0), depths(0.0))  # nothing labelled: no batch
    assert metric.compute() == pytest.approx(6.75 / 3)


def test_absolute_error_takes_a_negative_prediction_as_it_is_and_any_true_depth():
    metric = MeanAbsoluteError("depth")
    metric.update(depths(-1.0, 99.0), depths(1.0, 100.0))
    assert metric.compute() == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (RootMeanSquaredError, "rmse"),
        (MeanImageRmse, "rmse_per_image"),
        (lambda: MeanAbsoluteError("depth"), "abs_error: no labelled pixel of depth"),
    ],
)
def test_nothing_labelled_is_an_error(metric, name):
    with pytest.raises(UserError, match=name):
        metric().compute()
