"""Delta_m and mu/sigma on the numbers printed in SAK's tables."""

import math

import pytest

from polytask.errors import UserError
from polytask.metrics.gain import delta_m, gain_consistency, relative_gains
from polytask.tasks import TASKS

HIGHER = {name: task.higher_is_better for name, task in TASKS.items()}


def results(tasks, values):
    return dict(zip(tasks.split(), values, strict=True))


@pytest.mark.parametrize(
    ("tasks", "single", "multi", "printed"),
    [
        (
            "semseg human_parts sal normals edge",
            (81.61, 72.77, 83.80, 13.87, 75.24),
            (84.01, 76.99, 84.65, 13.82, 76.27),
            2.30,
        ),
        (
            "semseg human_parts sal normals edge",
            (81.61, 72.77, 83.80, 13.87, 75.24),
            (79.26, 68.28, 84.16, 14.06, 71.59),
            -2.97,
        ),
        (
            "semseg depth normals edge",
            (54.19, 0.5560, 19.22, 78.09),
            (52.42, 0.5413, 19.29, 76.50),
            -0.76,
        ),
    ],
)
def test_delta_m_of_the_published_tables(tasks, single, multi, printed):
    gain = delta_m(results(tasks, multi), results(tasks, single), HIGHER)
    assert gain == pytest.approx(printed, abs=0.01)


def test_gain_over_itself_is_zero_and_less_error_is_positive():
    single = {"semseg": 50.0, "depth": 0.5}
    assert delta_m(single, single, HIGHER) == 0
    gains = relative_gains({"semseg": 55.0, "depth": 0.4}, single, HIGHER)
    assert gains == {"semseg": pytest.approx(10), "depth": pytest.approx(20)}


def test_even_gains_have_the_larger_ratio():
    assert gain_consistency({"a": 1.0, "b": 3.0}) == pytest.approx(2.0)
    assert gain_consistency({"a": 2.0, "b": 2.0}) == math.inf


def test_a_task_without_baseline_is_an_error():
    with pytest.raises(UserError, match="semseg"):
        delta_m({"semseg": 50.0}, {"depth": 1.0}, HIGHER)
