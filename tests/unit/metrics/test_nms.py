"""Non-maximum suppression: it keeps the crest of a ridge, whatever its direction."""

import numpy as np
import pytest

from polytask.metrics.nms import edge_orientation, non_maximum_suppression, triangle_filter


def ridge(angle, size=41, width=2.0):
    """A straight bright line through the centre whose normal points along `angle`."""
    y, x = np.mgrid[:size, :size] - size // 2
    distance = x * np.cos(angle) + y * np.sin(angle)
    return np.exp(-((distance / width) ** 2)).astype(np.float32), distance


def test_triangle_filter_of_a_point_is_the_triangle_and_sums_to_one():
    point = np.zeros((9, 9))
    point[4, 4] = 1
    smoothed = triangle_filter(point, 1)
    np.testing.assert_allclose(smoothed[3:6, 3:6], np.outer([1, 2, 1], [1, 2, 1]) / 16)
    assert triangle_filter(point, 4).sum() == pytest.approx(1)


def test_triangle_filter_keeps_a_constant_up_to_the_border():
    np.testing.assert_allclose(triangle_filter(np.full((12, 10), 0.7), 4), 0.7, rtol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 0.4, 0.8, 1.1, 1.5, 2.0, 2.8])
def test_orientation_is_roughly_the_normal_of_a_ridge(angle):
    edges, _ = ridge(angle)
    found = edge_orientation(edges)[20, 20]
    assert abs((found - angle + np.pi / 2) % np.pi - np.pi / 2) < 0.21


@pytest.mark.parametrize("angle", [0.0, np.pi / 4, 3 * np.pi / 4])
def test_orientation_is_exact_along_axis_and_diagonals(angle):
    edges, _ = ridge(angle)
    assert edge_orientation(edges)[20, 20] == pytest.approx(angle, abs=2e-3)


@pytest.mark.parametrize("angle", [0.0, 0.4, 0.8, 1.1, 1.5, 2.0, 2.8])
def test_only_the_crest_of_a_ridge_survives(angle):
    edges, distance = ridge(angle)
    kept = non_maximum_suppression(edges, edge_orientation(edges))
    inside = kept[8:-8, 8:-8]
    assert np.abs(distance[8:-8, 8:-8][inside > 0]).max() < 1
    assert np.count_nonzero(inside) >= 25


def test_survivors_keep_their_value_and_the_border_fades():
    kept = non_maximum_suppression(np.ones((20, 24)), np.zeros((20, 24)), fade=5)
    assert kept[10, 10] == 1
    np.testing.assert_allclose(kept[10, :6], [0, 0.2, 0.4, 0.6, 0.8, 1])
    np.testing.assert_allclose(kept, kept[::-1, ::-1])
