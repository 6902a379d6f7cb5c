"""The mean absolute error of SIMO's tables, by hand."""

import pytest
import torch

from polytask.metrics.absolute_error import MeanAbsoluteError


def test_of_normals_every_channel_counts_and_lengths_do():
    """(1 + 0 + 0.5) / 3 in the labelled pixel; the unlabelled one is far off."""
    metric = MeanAbsoluteError("normals")
    target = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]).T.reshape(1, 3, 1, 2)
    prediction = torch.tensor([[1.0, 0.0, 1.5], [9.0, 9.0, 9.0]]).T.reshape(1, 3, 1, 2)
    metric.update(prediction, target)
    assert metric.compute() == pytest.approx(0.5)


def test_of_values_zero_counts_and_nan_does_not():
    metric = MeanAbsoluteError("keypoints")
    target = torch.tensor([0.0, torch.nan, -1.0]).view(1, 1, 1, 3)
    metric.update(torch.tensor([0.25, 5.0, -0.5]).view(1, 1, 1, 3), target)
    assert metric.compute() == pytest.approx(0.375)


def test_batches_weigh_by_their_images():
    """0.5 over two images, 2 over one: 3 / 3."""
    metric = MeanAbsoluteError("autoencoder")
    metric.update(torch.full((2, 3, 2, 2), 0.5), torch.zeros(2, 3, 2, 2))
    metric.update(torch.full((1, 3, 2, 2), -2.0), torch.zeros(1, 3, 2, 2))
    assert metric.compute() == pytest.approx(1.0)
