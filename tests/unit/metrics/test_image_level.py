"""Accuracy and AUROC: hand-computed cases, ties, and ranks by SciPy."""

import numpy as np
import pytest
import torch
from scipy.stats import rankdata

from polytask.errors import UserError
from polytask.metrics.image_level import ImageAUROC, TopOne


def accuracy(scores, labels):
    metric = TopOne(len(scores[0]))
    for row, label in zip(scores, labels, strict=True):
        metric.update(torch.tensor(row), {"image_class": torch.tensor(label)})
    return metric.compute()


def test_one_of_two_images_is_right():
    assert accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]) == {"top1": 50}


def test_the_five_highest_of_six():
    ascending = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert accuracy([ascending] * 3, [5, 1, 0]) == pytest.approx({"top1": 100 / 3, "top5": 200 / 3})


def test_of_equal_scores_the_first_class_wins():
    assert accuracy([[1.0, 1.0, 1.0]] * 3, [0, 1, 2]) == pytest.approx({"top1": 100 / 3})


def test_classes_that_do_not_exist_and_no_images_are_errors():
    with pytest.raises(UserError, match="class 2"):
        accuracy([[0.1, 0.9]], [2])
    with pytest.raises(UserError, match="no image"):
        TopOne(3).compute()


def auroc(scores, anomalous, maps=None, masks=None):
    metric = ImageAUROC()
    for at, (score, label) in enumerate(zip(scores, anomalous, strict=True)):
        values = np.zeros((2, 2), np.float32) if maps is None else maps[at]
        mask = torch.zeros(1, *values.shape) if masks is None else torch.tensor(masks[at])[None]
        sample = {"anomaly": torch.tensor(label), "anomaly_mask": mask.float()}
        metric.update({"score": score, "map": values}, sample)
    return metric.compute()


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.1, 0.2, 0.8, 0.9], 100),
        ([0.8, 0.9, 0.1, 0.2], 0),
        ([0.1, 0.7, 0.6, 0.9], 75),
        ([0.5, 0.5, 0.5, 0.5], 50),
        ([0.1, 0.5, 0.5, 0.9], 87.5),
    ],
)
def test_pairs_in_the_right_order(scores, expected):
    assert auroc(scores, [0, 0, 1, 1]) == {"i_auroc": pytest.approx(expected)}


def ranked(scores, anomalous):
    """Mann and Whitney's U over the number of pairs, with mean ranks for ties."""
    ranks, positive = rankdata(scores), np.asarray(anomalous, bool)
    count = positive.sum()
    wins = ranks[positive].sum() - count * (count + 1) / 2
    return 100 * wins / (count * (len(positive) - count))


def test_ties_of_images_are_exact():
    generator = np.random.default_rng(0)
    scores, labels = generator.integers(0, 9, 200) / 9, generator.integers(0, 2, 200)
    found = auroc(scores.tolist(), labels.tolist())["i_auroc"]
    assert found == pytest.approx(ranked(scores, labels), abs=1e-10)


def test_pixels_rank_as_their_values_do():
    generator = np.random.default_rng(1)
    masks = generator.random((4, 30, 30)) < 0.2
    maps = (generator.normal(0, 1, masks.shape) + masks).astype(np.float32)
    found = auroc([0, 0, 1, 1], [0, 0, 1, 1], maps, masks)["p_auroc"]
    assert found == pytest.approx(ranked(maps.ravel(), masks.ravel()), abs=0.01)


def test_pixels_below_and_around_zero_are_in_order():
    maps = np.array([[[-2.0, -1.0, -0.0, 0.0, 1.0]]] * 2, np.float32)
    masks = np.array([[[0, 0, 0, 1, 1]]] * 2)
    assert auroc([0, 1], [0, 1], maps, masks)["p_auroc"] == pytest.approx(100 * 5.5 / 6)


def test_one_kind_of_image_and_scores_that_are_none_are_errors():
    with pytest.raises(UserError, match="normal and anomalous"):
        auroc([0.1, 0.2], [0, 0])
    with pytest.raises(UserError, match="not a number"):
        auroc([0.1, float("nan")], [0, 1])
