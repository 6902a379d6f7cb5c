"""RMSE: pooling over pixels and the range of valid depths."""

import math

import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.depth import RootMeanSquaredError


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


def test_nothing_labelled_is_an_error():
    with pytest.raises(UserError, match="rmse"):
        RootMeanSquaredError().compute()
