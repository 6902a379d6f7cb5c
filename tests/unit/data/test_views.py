import json

import numpy as np
import pytest

from polytask.data.views import (
    CentreCrop,
    RandomResizedCrop,
    ScaleAndCrop,
    View,
    ViewPolicy,
    shrunk_view,
    whole_view,
)

POLICIES = [RandomResizedCrop(), ScaleAndCrop(), CentreCrop()]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_view_is_a_function_of_its_key(policy: ViewPolicy) -> None:
    def draw(*key: int) -> View:
        return policy.draw(*key, (50, 70), (32, 32))

    assert draw(1, 2, 3) == draw(1, 2, 3)
    if policy != CentreCrop():
        assert len({draw(1, 2, 3), draw(0, 2, 3), draw(1, 1, 3), draw(1, 2, 0)}) == 4


@pytest.mark.parametrize("policy", POLICIES)
def test_views_survive_json_exactly(policy: ViewPolicy) -> None:
    for number in range(20):
        view = policy.draw(0, 5, number, (50, 70), (32, 32))
        assert View(*json.loads(json.dumps(view.to_tuple()))) == view


def test_random_resized_crops_stay_inside_and_keep_area_and_shape() -> None:
    policy = RandomResizedCrop(scale=(0.3, 0.9), ratio=(0.75, 1.25))
    views = [policy.draw(0, 0, number, (90, 120), (32, 32)) for number in range(300)]
    for view in views:
        assert 0 <= view.top <= 90 - view.height
        assert 0 <= view.left <= 120 - view.width
        assert 0.28 < view.height * view.width / (90 * 120) < 0.92
        assert 0.73 < view.width / view.height < 1.28
    assert 0.4 < np.mean([view.flip for view in views]) < 0.6


def test_random_resized_crops_of_a_stripe_fall_back_to_its_middle() -> None:
    view = RandomResizedCrop(scale=(0.9, 1.0)).draw(0, 0, 0, (10, 400), (32, 32))
    assert (view.top, view.height) == (0, 10) and view.width == 13


def test_scale_and_crop_zooms_and_pads_evenly() -> None:
    policy = ScaleAndCrop(scale=(0.5, 2.0), photometric=False)
    for number in range(100):
        view = policy.draw(0, 0, number, (40, 60), (40, 60))
        assert 0.5 <= view.zoom((40, 60)) <= 2 and view.brightness is None
        if view.height > 40:  # zoomed out
            assert view.top == pytest.approx(-(view.height - 40) / 2)
        else:
            assert 0 <= view.top <= 40 - view.height


def test_crops_avoid_a_single_class_where_they_can() -> None:
    label = np.zeros((64, 64), np.uint8)
    label[:, 56:] = 1
    label[:, 62:] = 255
    policy = ScaleAndCrop(scale=(4.0, 4.0), cat_max_ratio=0.75)
    free = ScaleAndCrop(scale=(4.0, 4.0), cat_max_ratio=1.0)

    def shares(policy: ScaleAndCrop) -> float:
        views = [policy.draw(0, 0, number, label.shape, label.shape, label) for number in range(60)]
        return float(np.mean([view.left + view.width > 60 for view in views]))

    assert policy.uses_label and not free.uses_label
    assert shares(policy) > 2 * shares(free)


def test_photometric_values_stay_in_their_ranges_and_half_are_skipped() -> None:
    views = [ScaleAndCrop().draw(0, 0, number, (40, 60), (40, 60)) for number in range(300)]
    limits = {"brightness": (-32, 32), "contrast": (0.5, 1.5), "hue": (-18, 18)}
    limits["saturation"] = limits["contrast"]
    for name, (low, high) in limits.items():
        values = [getattr(view, name) for view in views]
        used = [value for value in values if value is not None]
        assert 0.4 < len(used) / len(values) < 0.6
        assert low <= min(used) < max(used) <= high


def test_the_whole_image_stands_in_the_middle_at_its_own_scale() -> None:
    assert whole_view((425, 560), (448, 576)) == View(-11, -8, 448, 576)
    with pytest.raises(ValueError, match="does not fit"):
        whole_view((500, 560), (448, 576))


def test_a_centre_crop_is_the_largest_box_of_the_outputs_shape() -> None:
    assert CentreCrop().draw(0, 0, 0, (100, 60), (32, 32)) == View(20, 0, 60, 60)


def test_what_is_too_large_is_shown_whole_and_centred_by_one_scale() -> None:
    assert shrunk_view((64, 40), (32, 32)) == View(0, -12, 64, 64)
    assert shrunk_view((40, 100), (32, 50)) == View(-12, 0, 64, 100)
    assert shrunk_view((20, 31), (32, 32)) == whole_view((20, 31), (32, 32))
