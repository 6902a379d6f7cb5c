"""The heat maps say who helps whom, and which pair is the least mutual."""

import pytest

from polytask.reporting.vta.affinities import asymmetry, cosine_map, is_uniform

TASKS = ["semseg", "depth", "normals"]


def found(*rows):
    return {"tasks": TASKS, "affinities": [list(row) for row in rows], "cosines": None}


def test_the_least_mutual_pair_is_named_with_its_target_first():
    """Normals count 0.5 for depth, depth 0.1 for normals; the other differences are smaller."""
    affinities = found((0.6, 0.3, 0.1), (0.2, 0.3, 0.5), (0.2, 0.1, 0.7))
    target, other, there, back = asymmetry(affinities)
    assert (target.name, other.name, there, back) == ("depth", "normals", 0.5, 0.1)


def test_nothing_is_said_of_differences_that_are_not_printed():
    assert asymmetry(found((0.4, 0.3, 0.3), (0.3, 0.4, 0.3), (0.3, 0.3, 0.4))) is None
    assert asymmetry({"tasks": ["depth"], "affinities": [[1.0]], "cosines": None}) is None


def test_affinities_that_were_not_learnt_are_uniform():
    third = [1 / 3] * 3
    assert is_uniform(found(third, third, third))
    assert not is_uniform(found((0.34, 0.33, 0.33), third, third))


def test_a_negative_cosine_has_the_other_colour_and_the_same_strength():
    cosines = [[1.0, -0.5], [0.5, 1.0]]
    values = {"tasks": TASKS[:2], "affinities": cosines, "cosines": cosines}
    (_, first), (_, second) = cosine_map(values).rows
    assert (first[1].sign, second[0].sign) == (-1, 1)
    assert first[1].strength == second[0].strength == pytest.approx(first[0].strength / 2)
    assert first[0].own
    assert not first[1].own
