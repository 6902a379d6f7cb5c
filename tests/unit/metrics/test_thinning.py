"""Thinning equals scikit-image's on sparse, dense and smooth maps."""

import numpy as np
import pytest
import skimage.morphology
from scipy.ndimage import gaussian_filter

from polytask.metrics.thinning import thin


@pytest.mark.parametrize("density", [0.0, 0.1, 0.4, 0.7, 0.95, 1.0])
def test_equals_skimage_on_noise(density):
    masks = np.random.default_rng(0).random((4, 23, 31)) < density
    expected = np.stack([skimage.morphology.thin(mask) for mask in masks])
    np.testing.assert_array_equal(thin(masks), expected)


def test_equals_skimage_on_blobs():
    blobs = gaussian_filter(np.random.default_rng(1).random((60, 50)), 3) > 0.5
    np.testing.assert_array_equal(thin(blobs), skimage.morphology.thin(blobs))


def test_is_idempotent_and_leaves_its_argument_alone():
    masks = np.random.default_rng(2).random((2, 20, 20)) < 0.6
    before = masks.copy()
    once = thin(masks)
    np.testing.assert_array_equal(thin(once), once)
    np.testing.assert_array_equal(masks, before)
