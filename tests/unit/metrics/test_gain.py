"""Gains, mu/sigma and normalised performance on the numbers printed in SAK's and SIMO's tables."""

import math

import pytest

from polytask.errors import UserError
from polytask.metrics.gain import (
    delta_m,
    gain_consistency,
    normalised_by_task,
    normalised_performance,
    relative_gains,
)
from polytask.protocols import better

HIGHER = better({})


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
        (
            "semseg depth normals edge",
            (54.19, 0.5560, 19.22, 78.09),
            (63.18, 0.4313, 16.25, 79.43),
            14.05,
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


NYU = ("semseg depth normals", (70.79, 0.2314, 18.02))
CITYSCAPES = ("semseg parts disparity", (58.76, 50.88, 0.0102))


@pytest.mark.parametrize(
    ("single", "merged", "kept", "delta", "rounding"),
    [
        (NYU, (65.78, 0.4171, 26.13), (92.9, 55.5, 69.0), -27.5, 0.06),
        (NYU, (69.01, 0.2531, 19.01), (97.5, 91.4, 94.8), -5.4, 0.06),
        (NYU, (69.95, 0.2524, 19.29), (98.8, 91.7, 93.5), -5.4, 0.1),
        (NYU, (68.49, 0.2576, 18.99), (96.8, 89.8, 94.9), -6.2, 0.06),
        (CITYSCAPES, (56.36, 50.36, 0.0108), (95.9, 99.0, 94.4), -3.7, 0.2),
        (CITYSCAPES, (33.56, 40.55, 0.0147), (57.1, 79.7, 69.4), -31.3, 0.1),
        (CITYSCAPES, (30.45, 39.91, 0.0111), (51.8, 78.4, 91.8), -26.1, 0.2),
    ],
)
def test_normalised_performance_of_the_published_tables(single, merged, kept, delta, rounding):
    """SIMO, Tables 1 and 2; `rounding`: disparity is printed with three digits only."""
    tasks, values = single
    better = HIGHER | {"parts": True, "disparity": False}
    given = results(tasks, merged), results(tasks, values), better
    assert tuple(normalised_by_task(*given).values()) == pytest.approx(kept, abs=rounding)
    assert normalised_performance(*given) - 100 == pytest.approx(delta, abs=rounding)


def test_what_simo_prints_is_not_the_mean_relative_gain():
    merged = results("semseg depth normals", (65.78, 0.4171, 26.13))
    single = results(*NYU)
    assert delta_m(merged, single, HIGHER) == pytest.approx((-7.08 - 80.25 - 45.01) / 3, abs=0.01)


def test_an_error_of_none_at_all_is_infinitely_better():
    assert normalised_by_task({"depth": 0.0}, {"depth": 0.5}, HIGHER) == {"depth": math.inf}
    with pytest.raises(UserError, match="depth"):
        normalised_performance({"depth": 0.5}, {"depth": 0.0}, HIGHER)
