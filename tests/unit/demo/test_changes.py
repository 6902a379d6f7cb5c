"""Nothing changed is zero, in every kind of task; what changed is counted by hand."""

import numpy as np
import pytest

from polytask.demo.changes import change
from polytask.drawing.changes import draw_changes
from polytask.tasks import TASKS

SHAPES = {"unit_vectors": (4, 5, 3), "classes": (4, 5)}


def example(task):
    rng = np.random.default_rng(0)
    kind = TASKS[task].kind
    values = rng.random(SHAPES.get(kind, (4, 5)), np.float32) + 0.1
    return values.astype(np.uint8 if kind == "classes" else np.float16)


@pytest.mark.parametrize("task", TASKS)
def test_the_same_prediction_has_changed_by_nothing(task):
    values = example(task)
    found = change(task, values, values.copy())
    assert found.amount == 0 and found.map_HW.shape == (4, 5)
    assert not np.asarray(found.map_HW).any()


def test_classes_count_pixels():
    before = np.zeros((2, 5), np.uint8)
    after = before.copy()
    after[0, :3] = 7
    assert change("semseg", before, after).amount == pytest.approx(30)


def test_normals_count_degrees():
    before = np.tile(np.float16([0, 0, 1]), (2, 2, 1))
    after = before.copy()
    after[0] = [0, 1, 0]
    assert change("normals", before, after).amount == pytest.approx(45)


def test_depth_counts_metres():
    before = np.float32([[1, 2], [3, 4]])
    assert change("depth", before, before + 0.5).amount == pytest.approx(0.5)


def test_boundaries_count_probability():
    before = np.float16([[0, 0.5]])
    assert change("edge", before, np.float16([[0.25, 0.75]])).amount == pytest.approx(0.25)


def test_marks_stand_where_it_changed_on_a_grey_photo():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 3, 3), dtype=np.uint8)
    marks = np.zeros((3, 3))
    marks[1, 1] = 1
    drawn = draw_changes(pixels, marks)
    grey = (drawn == drawn[..., :1]).all(-1)
    assert not grey[1, 1] and grey.sum() == 8
