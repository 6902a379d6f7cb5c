"""Distillation: zero for equal maps, grids matched on both axes, Eq. 5 by hand."""

import pytest
import torch

from polytask.losses.distillation import (
    cosine_distance,
    distillation_loss,
    match_grids,
    smooth_l1,
    token_cosine_distance,
)


def maps(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("distance", [cosine_distance, token_cosine_distance, smooth_l1])
def test_equal_maps_are_at_distance_zero(distance):
    features = maps(0, 2, 6, 3, 4)
    assert distance(features, features).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("distance", [cosine_distance, token_cosine_distance])
def test_opposite_maps_are_at_cosine_distance_two_whatever_their_scale(distance):
    features = maps(0, 2, 6, 3, 4)
    assert distance(features, -5 * features).item() == pytest.approx(2)


def test_one_cosine_per_image_is_not_one_per_token():
    teacher = torch.ones(1, 1, 1, 2)
    student = torch.tensor([1.0, -3.0]).view(1, 1, 1, 2)
    assert cosine_distance(student, teacher).item() == pytest.approx(1 + 2 / 20**0.5)
    assert token_cosine_distance(student, teacher).item() == pytest.approx(1.0)


def test_smooth_l1_is_quadratic_below_one_and_linear_above():
    assert smooth_l1(torch.tensor([0.5]), torch.tensor([0.0])).item() == 0.125
    assert smooth_l1(torch.tensor([3.0]), torch.tensor([0.0])).item() == 2.5


def test_grids_are_matched_on_each_axis():
    student, teacher = match_grids(maps(0, 1, 2, 4, 9), maps(1, 1, 2, 6, 5))
    assert student.shape[2:] == teacher.shape[2:] == (6, 9)
    same = maps(0, 1, 2, 4, 9)
    assert match_grids(same, maps(1, 1, 2, 4, 9))[0] is same


def test_a_resampled_constant_stays_constant():
    student, _ = match_grids(torch.full((1, 2, 3, 3), 1.5), torch.zeros(1, 2, 7, 5))
    torch.testing.assert_close(student, torch.full((1, 2, 7, 5), 1.5))


def test_loss_sums_equation_5_over_teachers_and_levels():
    student = {"dino": [maps(0, 2, 4, 3, 3), maps(1, 2, 4, 3, 3)], "sam": [maps(2, 2, 6, 3, 3)]}
    teacher = {"dino": [maps(3, 2, 4, 3, 3), maps(4, 2, 4, 3, 3)], "sam": [maps(5, 2, 6, 3, 3)]}
    total, parts = distillation_loss(student, teacher, alpha=0.9, beta=0.1)
    expected = {
        name: sum(
            0.9 * cosine_distance(s, t) + 0.1 * smooth_l1(s, t)
            for s, t in zip(student[name], teacher[name], strict=True)
        )
        for name in teacher
    }
    torch.testing.assert_close(parts, expected)
    torch.testing.assert_close(total, expected["dino"] + expected["sam"])


def test_half_precision_teachers_and_gradient_to_the_student_only():
    student = maps(0, 2, 4, 3, 3).requires_grad_()
    total, _ = distillation_loss({"sam": [student]}, {"sam": [maps(1, 2, 4, 5, 5).half()]})
    total.backward()
    assert total.dtype == torch.float32
    assert student.grad.abs().sum() > 0


def test_a_missing_level_is_an_error():
    level = maps(0, 1, 2, 2, 2)
    with pytest.raises(ValueError, match="argument"):
        distillation_loss({"sam": [level]}, {"sam": [level, level]})
