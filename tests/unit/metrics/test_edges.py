"""odsF: perfect and empty predictions, ignored pixels, pooling, tolerance, a hand example."""

import numpy as np
import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.edges import OdsFMeasure, boundary_counts, seism_no_nms, seism_r1


def lines(*columns, size=64):
    """Labels (1, 1, size, size) of vertical boundaries one pixel wide."""
    labels = torch.zeros(1, 1, size, size)
    labels[..., list(columns)] = 1
    return labels


def logits_of(labels, scale=12.0):
    return (labels - 0.5) * scale


def f_of(*pairs, max_dist=0.011):
    metric = OdsFMeasure(max_dist)
    for prediction, target in pairs:
        metric.update(prediction, target)
    return metric.compute()


def test_hand_example_of_counts():
    truth = np.zeros((20, 20), dtype=bool)
    truth[5, 2:18] = True
    edges = np.zeros((20, 20), dtype=np.uint8)
    edges[6, 2:18] = 255  # one pixel off: within 2 of 28.3 pixels
    edges[15, 2:10] = 102  # a false line, exactly at threshold 0.4
    counts = boundary_counts(edges, truth, np.array([0.2, 0.4, 0.41, 1.0]), max_dist=0.0708)
    assert counts.predicted.tolist() == [24, 24, 16, 16]
    assert counts.matched.tolist() == [16, 16, 16, 16]
    assert counts.truth == 16


def test_a_boundary_matches_itself():
    # suppression fades the five outermost rows to zero, so only their pixels may be missed
    metric = OdsFMeasure(0.011)
    metric.update(logits_of(lines(20, 40)), lines(20, 40))
    curve = metric.curve()
    assert metric.compute() > 95
    assert curve["precision"][10:40].min() == 1.0
    assert curve["recall"].max() > 0.95


def test_shift_within_the_tolerance_is_free_and_beyond_it_is_not():
    exact = f_of((logits_of(lines(20)), lines(20)))
    assert f_of((logits_of(lines(22)), lines(20)), max_dist=2.1 / 90.5) == exact
    assert f_of((logits_of(lines(23)), lines(20)), max_dist=2.1 / 90.5) < 10


def test_false_boundaries_cost_precision_only():
    metric = OdsFMeasure(0.011)
    metric.update(logits_of(lines(20, 44)), lines(20))
    curve = metric.curve()
    assert curve["precision"][30] == pytest.approx(0.5, abs=0.01)
    assert curve["recall"][5] > 0.9


def test_counts_are_pooled_over_images_whatever_the_batches():
    first = (logits_of(lines(20)), lines(20))
    second = (logits_of(lines(30)), lines(10, 30, 50))
    batch = tuple(map(torch.cat, zip(first, second, strict=True)))
    assert f_of(first, second) == f_of(second, first) == f_of(batch)


def test_padding_changes_nothing():
    prediction, target = logits_of(lines(20, 40)), lines(20, 40)
    padding = (7, 9, 5, 3)
    padded = (
        torch.nn.functional.pad(prediction, padding, value=3.0),
        torch.nn.functional.pad(target, padding, value=255),
    )
    assert f_of(padded) == f_of((prediction, target))


def test_a_flat_prediction_is_worse_than_a_boundary():
    assert f_of((torch.zeros(1, 1, 64, 64), lines(20))) < 50


def test_no_true_boundary_is_an_error():
    with pytest.raises(UserError, match="edge labels"):
        f_of((torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 16, 16)))


def probabilities(**columns):
    """Logits (1, 1, 64, 64) of vertical lines at the columns c20=0.9 ..., almost 0 elsewhere."""
    probability = torch.full((1, 1, 64, 64), 0.001)
    for column, value in columns.items():
        probability[..., int(column[1:])] = value
    return probability.logit()


def precision_at(metric, threshold, prediction, target):
    metric.update(prediction, target)
    curve = metric.curve()
    at = np.abs(curve["threshold"] - threshold).argmin()
    return curve["precision"][at]


@pytest.mark.parametrize(
    ("protocol", "expected"), [(OdsFMeasure, 1.0), (seism_r1, 0.5), (seism_no_nms, 0.5)]
)
def test_a_weaker_line_three_pixels_away_is_suppressed_with_radius_4_alone(protocol, expected):
    prediction = probabilities(c20=0.9, c23=0.6)
    assert precision_at(protocol(0.011), 0.2, prediction, lines(20)) == expected


def test_radius_1_keeps_the_middle_of_a_line_and_no_suppression_thins_it():
    """A line three pixels wide, weaker at its sides: both leave its middle, which is right."""
    prediction = probabilities(c19=0.5, c20=0.9, c21=0.5)
    assert precision_at(seism_r1(0.011), 0.4, prediction, lines(20)) == 1.0
    wide = probabilities(c19=0.9, c20=0.9, c21=0.9)
    assert precision_at(seism_no_nms(0.011), 0.4, wide, lines(20)) > 0.95


def test_a_perfect_line_loses_what_suppression_fades_at_the_border():
    """Of 64 rows the two outermost fade to 0; the others stay above the lowest threshold."""
    found = {}
    for protocol in (seism_r1, seism_no_nms):
        metric = protocol(0.011)
        metric.update(logits_of(lines(20)), lines(20))
        found[protocol] = metric.compute()
    assert found[seism_r1] == pytest.approx(100 * 2 * 62 / (62 + 64))
    assert found[seism_no_nms] == pytest.approx(100)


def test_hed_thresholds_are_101_and_a_pixel_must_be_above_them():
    """51 of 255 is 0.2 exactly: boundary from 0.2 on, but not above 0.2."""
    metric, at_least = seism_no_nms(0.011), OdsFMeasure(0.011, nms_radius=0)
    for each in (metric, at_least):
        each.update(probabilities(c20=51.5 / 255), lines(20))
    above, reached = metric.curve(), at_least.curve()
    assert len(above["threshold"]) == 101
    assert above["recall"][[19, 20]].tolist() == [1.0, 0.0]  # 0.19, 0.2
    assert reached["recall"][[18, 19, 20]].tolist() == [1.0, 1.0, 0.0]  # 0.19, 0.2, 0.21
