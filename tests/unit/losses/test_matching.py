"""Distances of one student from many teachers, and teacher dropping."""

import pytest
import torch

from polytask.losses.distillation import distillation_loss, token_cosine_distance
from polytask.losses.matching import Matching, distances, kept_teachers

PLAIN = {"alpha": 0.9, "beta": 0.1, "cosine": "map", "levels": "all", "teacher_dropping": 0.0}


def matching(**changes) -> Matching:
    return Matching(**(PLAIN | changes))


@pytest.fixture
def maps():
    torch.manual_seed(0)
    shapes = {"a": [(3, 8, 4, 4), (3, 8, 4, 4)], "b": [(3, 6, 2, 2), (3, 6, 2, 2)]}
    student = {name: [torch.randn(shape) for shape in each] for name, each in shapes.items()}
    teacher = {name: [torch.randn(shape) for shape in each] for name, each in shapes.items()}
    return student, teacher


def test_of_whole_maps_the_mean_over_images_is_sak_s_loss(maps):
    total, parts = distillation_loss(*maps)
    found_BT = distances(*maps, matching())
    torch.testing.assert_close(found_BT.sum(dim=1).mean(), total)
    torch.testing.assert_close(found_BT.mean(dim=0), torch.stack(list(parts.values())))


def test_of_tokens_it_is_the_mean_of_their_cosine_distances(maps):
    student, teacher = maps
    found_BT = distances(student, teacher, matching(alpha=1.0, beta=0.0, cosine="token"))
    expected = sum(map(token_cosine_distance, student["a"], teacher["a"]))
    torch.testing.assert_close(found_BT[:, 0].mean(), expected)


def test_the_last_level_alone_counts_where_asked_for(maps):
    student, teacher = maps
    last = {name: levels[-1:] for name, levels in student.items()}
    only = {name: levels[-1:] for name, levels in teacher.items()}
    found = distances(student, teacher, matching(levels="last"))
    torch.testing.assert_close(found, distances(last, only, matching()))


def test_a_large_token_weighs_more_in_a_map_and_the_same_among_tokens():
    teacher = torch.tensor([[[[1.0, 1.0]], [[0.0, 0.0]]]])  # two tokens that point right
    student = torch.tensor([[[[9.0, 0.0]], [[0.0, 1.0]]]])  # a long right one, a short wrong one
    pair = {"a": [student]}, {"a": [teacher]}
    by_map = distances(*pair, matching(alpha=1.0, beta=0.0))
    by_token = distances(*pair, matching(alpha=1.0, beta=0.0, cosine="token"))
    assert by_token.item() == pytest.approx(0.5)
    assert by_map.item() == pytest.approx(1 - 9 / (82**0.5 * 2**0.5))


def test_the_farthest_teacher_is_never_dropped():
    distances_BT = torch.tensor([[0.1, 0.9, 0.3], [0.7, 0.2, 0.3]])
    kept = kept_teachers(distances_BT, torch.full((2, 3), -9.0), 0.5)
    assert kept.tolist() == [[False, True, False], [True, False, False]]
    assert kept_teachers(distances_BT, torch.full((2, 3), 9.0), 0.5).all()


def test_others_are_dropped_as_often_as_asked_for():
    torch.manual_seed(0)
    distances_BT = torch.tensor([1.0, 0.0, 0.0]).expand(20_000, 3)
    kept = kept_teachers(distances_BT, torch.randn(20_000, 3), 0.3)
    assert kept[:, 0].all()
    assert kept[:, 1:].float().mean().item() == pytest.approx(0.7, abs=0.01)


def test_a_probability_of_one_would_leave_one_teacher_and_is_refused():
    with pytest.raises(ValueError, match="teacher_dropping: 1 is not in"):
        matching(teacher_dropping=1)
