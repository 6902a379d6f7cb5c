"""F1 of texture edges: counted by hand, pooled, unlabelled pixels left out."""

import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.texture import THRESHOLD, TextureF1

HIGH, LOW = THRESHOLD + 0.01, THRESHOLD - 0.01


def row(*values):
    return torch.tensor(values).view(1, 1, 1, -1)


def f1(*pairs):
    metric = TextureF1()
    for prediction, target in pairs:
        metric.update(prediction, target)
    return metric.compute()


def test_by_hand():
    """Two hits, one false alarm, three misses: 2 * 2 / (2 * 2 + 1 + 3)."""
    target = row(HIGH, 1.0, HIGH, HIGH, HIGH, LOW, 0.0)
    prediction = row(1.0, HIGH, LOW, 0.0, -1.0, HIGH, LOW)
    assert f1((prediction, target)) == pytest.approx(50.0)


def test_pixels_are_pooled_over_images_of_any_number():
    """Three of three in one image and none of one in the other: 3 hits, 1 miss, not (1 + 0) / 2."""
    first = row(1.0, 1.0, 1.0), row(1.0, 1.0, 1.0)
    second = row(0.0, 0.0, 0.0), row(1.0, 0.0, 0.0)
    assert f1(first, second) == pytest.approx(100 * 6 / 7)
    both = tuple(torch.cat(values) for values in zip(first, second, strict=True))
    assert f1(both) == f1(first, second)


def test_a_prediction_where_nothing_is_labelled_is_no_false_alarm():
    assert f1((row(1.0, 1.0), row(1.0, torch.nan))) == 100.0


def test_a_threshold_is_exceeded_not_reached():
    assert f1((row(THRESHOLD, 1.0), row(1.0, 1.0))) == pytest.approx(100 * 2 / 3)
    assert f1((row(1.0, 1.0), row(THRESHOLD, 1.0))) == pytest.approx(100 * 2 / 3)


def test_a_split_without_texture_is_an_error():
    with pytest.raises(UserError, match=r"f1: no edge_texture label above 0\.05 was seen"):
        f1((row(1.0), row(torch.nan)))
