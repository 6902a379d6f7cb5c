"""Cosines of gradients and the weights that follow them, on cases that are known by hand."""

import pytest
import torch

from polytask.affinity.cosines import cosines
from polytask.affinity.mirror_descent import mirror_descent, uniform


def same(found, expected):
    return torch.allclose(found, torch.tensor(expected, dtype=found.dtype), atol=1e-6)


def test_identical_tasks_have_cosine_one_and_keep_equal_weights():
    found = cosines(torch.tensor([[1.0, 2, -3]] * 3) * torch.tensor([[1.0], [5], [0.1]]))
    assert same(found, [[1.0] * 3] * 3)
    for rule in ("tawt", "algorithm_1"):
        assert same(mirror_descent(uniform(3), found, 1.0, rule), [[1 / 3] * 3] * 3)


def test_opposite_tasks_and_a_noise_task():
    found = cosines(torch.tensor([[2.0, 0], [-7, 0], [0, 3]]))
    assert same(found, [[1, -1, 0], [-1, 1, 0], [0, 0, 1]])


def test_a_task_without_gradient_is_like_none_and_moves_no_weight_of_its_own():
    found = cosines(torch.tensor([[3.0, 4], [0, 0], [4, 3]]))
    assert same(found, [[1, 0, 0.96], [0, 0, 0], [0.96, 0, 1]])
    weights = torch.tensor([[0.5, 0.3, 0.2]] * 3)
    assert same(mirror_descent(weights, found, 1.0)[1], [0.5, 0.3, 0.2])


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_cosines_know_no_length(scale):
    assert same(cosines(torch.tensor([[3.0, 4], [4, 3]]) * scale), [[1, 0.96], [0.96, 1]])


@pytest.mark.parametrize(
    ("rule", "row"), [("algorithm_1", [0.14, 0.23, 0.63]), ("tawt", [0.55, 0.33, 0.12])]
)
def test_both_signs_by_hand(rule, row):
    found = torch.tensor([[1.0, 0.5, -0.5]]).expand(3, 3)
    weights = mirror_descent(uniform(3), found, 1.0, rule)
    assert weights[0].tolist() == pytest.approx(row, abs=0.005)
    assert same(weights.sum(dim=1), [1, 1, 1])


def test_an_update_goes_on_from_the_weights_before_it():
    found = cosines(torch.tensor([[1.0, 0, 1], [1, 1, 0], [-1, 2, 0]]))
    two = mirror_descent(mirror_descent(uniform(3), found, 0.7), found, 0.3)
    assert torch.allclose(two, mirror_descent(uniform(3), found, 1.0))
    back = mirror_descent(mirror_descent(uniform(3), found, 1.0), found, 1.0, "algorithm_1")
    assert torch.allclose(back, uniform(3))


@pytest.mark.parametrize("step_size", [1e-9, 1e9])
def test_no_step_size_overflows(step_size):
    weights = uniform(2)
    for _ in range(3):
        weights = mirror_descent(weights, torch.tensor([[1.0, -1], [-1, 1]]), step_size)
    assert same(weights.sum(dim=1), [1, 1])
    assert torch.allclose(weights, torch.eye(2) if step_size > 1 else uniform(2))
