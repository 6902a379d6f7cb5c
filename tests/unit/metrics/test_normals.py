"""Mean angular error: known angles, invariance to length, unlabelled pixels."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from polytask.errors import UserError
from polytask.metrics.normals import AnglePerBatch, ArcCosine, MeanAngularError, angle_between


def vector(x, y, z):
    return torch.tensor([x, y, z], dtype=torch.float32).view(1, 3, 1, 1)


@pytest.mark.parametrize("degrees", [0.0, 0.001, 45.0, 90.0, 179.99, 180.0])
def test_known_angles_are_exact_even_where_arc_cosine_is_not(degrees):
    turned = vector(math.sin(math.radians(degrees)), 0, math.cos(math.radians(degrees)))
    angle = angle_between(7.5 * turned, vector(0, 0, 1)).item()
    assert angle == pytest.approx(degrees, rel=1e-4, abs=1e-6)


def test_pixels_are_pooled_and_zero_vectors_left_out():
    target = torch.cat([vector(0, 0, 1), vector(1, 0, 0), vector(0, 0, 0)], dim=3)
    prediction = torch.cat([vector(0, 0, 3), vector(0, 2, 0), vector(1, 0, 0)], dim=3)
    metric = MeanAngularError()
    metric.update(prediction, target)
    assert metric.compute() == pytest.approx(45.0)


def test_perfect_prediction_of_any_length_is_zero():
    target = normalize(torch.randn(2, 3, 5, 5, generator=torch.Generator().manual_seed(0)), dim=1)
    metric = MeanAngularError()
    metric.update(target * 4, target)
    assert metric.compute() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(("metric", "expected"), [(MeanAngularError(), 72), (AnglePerBatch(), 75)])
def test_batches_average_by_images_as_simo_does_or_pixels_are_pooled(metric, expected):
    """Angles of 0 and 90 degrees in one image; of 90, three times, in a batch of two."""
    up, right, none = vector(0, 0, 1), vector(1, 0, 0), vector(0, 0, 0)
    metric.update(torch.cat([up, right], dim=3), torch.cat([up, up], dim=3))
    target = torch.cat([torch.cat([up, none], dim=3), torch.cat([up, up], dim=3)])
    metric.update(torch.cat([right, right], dim=3).repeat(2, 1, 1, 1), target)
    assert metric.compute() == pytest.approx(expected)


def test_the_arc_cosine_takes_the_prediction_as_long_as_it_is():
    def arc_cosine(prediction):
        metric = ArcCosine()
        metric.update(prediction, vector(0, 0, 1))
        return metric.compute()

    assert arc_cosine(vector(0, 0, 0.5)) == pytest.approx(60, abs=1e-4)
    assert arc_cosine(vector(0, 0, 3)) == 0
    assert arc_cosine(vector(2, 0, 1)) == 0  # 63 degrees off
    assert arc_cosine(vector(0.6, 0, 0.8)) == pytest.approx(math.degrees(math.acos(0.8)), abs=1e-4)


def test_per_batch_a_normal_whose_components_sum_to_zero_is_unlabelled():
    half = math.sqrt(0.5)
    metric = AnglePerBatch()
    metric.update(
        torch.cat([vector(0, 0, 1), vector(0, 0, 1)], dim=3),
        torch.cat([vector(half, -half, 0), vector(0, 0, 1)], dim=3),
    )
    assert metric.compute() == pytest.approx(0)


def test_nothing_labelled_is_an_error():
    metric = MeanAngularError()
    metric.update(torch.ones(1, 3, 2, 2), torch.zeros(1, 3, 2, 2))
    with pytest.raises(UserError, match="mean_angular_error"):
        metric.compute()
