import math

import numpy as np

from polytask.data.checking.values import Values, measure


def test_class_labels_are_counted_without_the_ignored() -> None:
    values = measure("semseg", np.array([[0, 3, 255], [3, 255, 255]], np.uint8))
    assert values.classes == {0, 3}
    assert (values.num_pixels, values.num_ignored, values.ignored) == (6, 3, 0.5)


def test_zero_depth_is_ignored_and_not_the_lowest() -> None:
    values = measure("depth", np.array([[0, 2.5, 1.5]], np.float32))
    assert (values.low, values.high, values.num_ignored) == (1.5, 2.5, 1)


def test_encoded_normals_are_valid_unless_grey_or_black() -> None:
    encoded = np.array([[[255, 128, 0]], [[128, 128, 0]], [[128, 128, 0]]], np.uint8)
    assert measure("normals", encoded).num_ignored == 2


def test_sums_pool_what_files_hold() -> None:
    first = measure("depth", np.array([[1.0, 0.0]]))
    second = measure("depth", np.array([[3.0, 4.0]]))
    both = Values() + first + second
    assert both == Values(2, 4, 1, 1.0, 4.0)
    assert math.isinf(Values().low) and Values().ignored == 0
