"""What a task vector does at its best is read off against scale 0."""

import pytest

from polytask.errors import UserError
from polytask.reporting.simo.relations import best_changes


def rows(*points):
    return [{"scale": s, "semseg_normalised": a, "depth_normalised": b} for s, a, b in points]


def test_the_best_scale_above_zero_counts_for_each_task_alone():
    found = best_changes({"semseg": rows((0, 60, 40), (0.5, 90, 43), (1, 100, 30))})
    assert found == {"semseg": {"semseg": 40, "depth": 3}}


def test_a_vector_that_only_harms_is_negative():
    assert best_changes({"semseg": rows((0, 60, 40), (1, 61, 30))})["semseg"]["depth"] == -10


@pytest.mark.parametrize("points", [[(0.5, 1, 1), (1, 1, 1)], [(0, 1, 1)]])
def test_without_scale_zero_or_another_one_there_is_no_change(points):
    with pytest.raises(UserError, match=r"relationships/depth\.csv: needs scale 0"):
        best_changes({"depth": rows(*points)})
