"""Rep Sim: centring removes what raw cosines are full of."""

import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.similarity import (
    MeanFeature,
    RepresentationSimilarity,
    centred_cosine,
)


def noise(seed, shape=(8, 16, 4, 5)):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_identical_features_are_1_and_unrelated_ones_about_0():
    assert centred_cosine(noise(0), noise(0)) == pytest.approx(1)
    assert abs(centred_cosine(noise(0), noise(1))) < 0.05


def test_a_large_constant_fools_the_raw_cosine_only():
    constant = 50 * noise(2, (1, 16, 1, 1))
    student, teacher = noise(0) + constant, noise(1) + constant
    raw = RepresentationSimilarity(0.0, 0.0)
    raw.update(student, teacher)
    assert raw.compute() > 0.99
    assert abs(centred_cosine(student, teacher)) < 0.05


def test_a_fixed_pattern_of_positions_needs_the_position_mean():
    pattern = 5 * noise(3, (1, 16, 4, 5))
    student, teacher = noise(0) + pattern, noise(1) + pattern
    assert centred_cosine(student, teacher) > 0.9
    assert abs(centred_cosine(student, teacher, per_position=True)) < 0.2


def test_invariant_to_scale_and_shift_of_either_side():
    student, teacher = noise(0) + noise(1), noise(0)
    expected = centred_cosine(student, teacher)
    assert centred_cosine(3 * student + 2, teacher) == pytest.approx(expected, abs=1e-5)


def test_streaming_equals_one_batch():
    features = noise(4) + 3
    mean = MeanFeature()
    for part in features.split(3):
        mean.update(part)
    torch.testing.assert_close(mean.compute(), features.mean(dim=(0, 2, 3))[:, None, None])


def test_different_shapes_and_no_features_are_errors():
    with pytest.raises(UserError, match="differ in shape"):
        RepresentationSimilarity(0.0, 0.0).update(noise(0), noise(0, (8, 12, 4, 5)))
    with pytest.raises(UserError, match="empty"):
        MeanFeature().compute()
