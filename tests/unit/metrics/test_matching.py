"""Matching: equal to brute force on small maps, one to one, within the tolerance."""

from itertools import permutations

import numpy as np
import pytest

from polytask.metrics.matching import count_matches, maximum_matching, pairs_within


def brute_force(predicted, truth, max_dist):
    """Largest matching by trying every assignment of the smaller set of pixels."""
    few, many = sorted([np.argwhere(predicted), np.argwhere(truth)], key=len)
    return max(
        sum(np.hypot(*(a - b)) <= max_dist for a, b in zip(few, order, strict=True))
        for order in permutations(many, len(few))
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("max_dist", [1.0, 1.5, 2.3])
def test_equals_brute_force_on_small_maps(seed, max_dist):
    rng = np.random.default_rng(seed)
    predicted, truth = np.zeros((2, 6, 6), dtype=bool)
    predicted.flat[rng.choice(36, 5, replace=False)] = True
    truth.flat[rng.choice(36, 6, replace=False)] = True
    fewer = predicted & (rng.random((6, 6)) < 0.7)
    found = count_matches(np.stack([predicted, fewer, truth]), truth, max_dist)
    expected = [brute_force(candidate, truth, max_dist) for candidate in (predicted, fewer)]
    assert found.tolist() == [*expected, 6]


def test_greedy_choice_is_not_enough():
    # left 0 reaches 0 and 1, left 1 reaches 0 only: taking (0, 0) first would strand left 1
    assert maximum_matching(np.array([0, 0, 1]), np.array([0, 1, 0])).tolist() == [0, 1]


def test_pairs_are_sorted_and_within_the_disc():
    rng = np.random.default_rng(3)
    left, right = rng.random((2, 12, 15)) < 0.3
    a, b = pairs_within(left, right, 2.5)
    distance = np.hypot(*(np.argwhere(left)[:, None] - np.argwhere(right)[None]).transpose(2, 0, 1))
    np.testing.assert_array_equal(np.argwhere(distance <= 2.5), np.stack([a, b], axis=1))


def test_no_pixels_no_pairs():
    empty, full = np.zeros((4, 4), dtype=bool), np.ones((4, 4), dtype=bool)
    assert count_matches(full[None], empty, 2).tolist() == [0]
    assert count_matches(np.stack([empty, full]), full, 2).tolist() == [0, 16]


def test_maps_solved_together_equal_maps_solved_alone(monkeypatch):
    rng = np.random.default_rng(4)
    predictions, truth = rng.random((9, 20, 20)) < 0.3, rng.random((20, 20)) < 0.3
    together = count_matches(predictions, truth, 2)
    monkeypatch.setattr("polytask.metrics.matching.PAIRS_AT_ONCE", 1)
    np.testing.assert_array_equal(count_matches(predictions, truth, 2), together)
