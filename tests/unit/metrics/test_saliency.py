"""Maximum F-measure: the three protocols against hand-computed and brute-force values."""

import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.saliency import (
    THRESHOLDS,
    AstmtMaxFMeasure,
    MaxFMeasure,
    invpt_max_f_measure,
)


def logits_of(probability):
    """Two logits (B, 2, H, W) whose softmax is (1 - p, p)."""
    logit = torch.logit(torch.as_tensor(probability, dtype=torch.float64)).float()
    return torch.stack([torch.zeros_like(logit), logit], dim=1)


def random_case():
    generator = torch.Generator().manual_seed(1)
    probability = torch.rand(5, 9, 7, generator=generator) * 0.98 + 0.01
    labels = torch.randint(0, 2, (5, 9, 7), generator=generator)
    labels[torch.rand(5, 9, 7, generator=generator) < 0.2] = 255
    return probability, labels


def brute_force(probability, labels, thresholds, beta_squared):
    valid, best = labels != 255, 0.0
    for threshold in thresholds:
        chosen = (probability >= threshold) & valid
        hits = int((chosen & (labels == 1)).sum())
        precision = hits / max(int(chosen.sum()), 1)
        recall = hits / int((labels == 1).sum())
        if hits:
            weighted = beta_squared * precision + recall
            best = max(best, (1 + beta_squared) * precision * recall / weighted)
    return 100 * best


def test_hand_computed_f():
    metric = MaxFMeasure()
    metric.update(logits_of([[[0.9, 0.8, 0.7, 0.1]]]), torch.tensor([[[1, 0, 1, 0]]]))
    # at 0.70: P = 2/3, R = 1 -> 1.3 * 2/3 / (0.3 * 2/3 + 1); at 0.85: P = 1, R = 1/2 -> .65 / .8
    assert metric.compute() == pytest.approx(100 * 0.65 / 0.8, abs=1e-4)


def test_pooled_counts_equal_brute_force():
    probability, labels = random_case()
    metric = MaxFMeasure()
    for image in range(5):
        metric.update(logits_of(probability[image, None]), labels[image, None])
    assert metric.compute() == pytest.approx(brute_force(probability, labels, THRESHOLDS, 0.3))


def test_invpt_thresholds_the_sigmoid_of_the_probability():
    probability, labels = random_case()
    metric = invpt_max_f_measure()
    metric.update(logits_of(probability), labels)
    expected = brute_force(probability.sigmoid(), labels, THRESHOLDS, 0.3)
    assert metric.compute() == pytest.approx(expected)


def test_astmt_averages_precision_and_recall_over_images():
    metric = AstmtMaxFMeasure()
    metric.update(logits_of([[[0.95, 0.05]], [[0.95, 0.95]]]), torch.tensor([[[1, 0]], [[1, 0]]]))
    assert metric.compute() == pytest.approx(100 * 2 * 0.75 / 1.75)


@pytest.mark.parametrize("metric", [MaxFMeasure(), AstmtMaxFMeasure()])
def test_perfect_prediction_is_100(metric):
    labels = torch.tensor([[[0, 1], [1, 0]]])
    metric.update(logits_of(labels * 0.98 + 0.01), labels)
    assert metric.compute() == pytest.approx(100)


def test_no_salient_pixel_is_an_error():
    metric = MaxFMeasure()
    metric.update(torch.zeros(1, 2, 2, 2), torch.full((1, 2, 2), 255))
    with pytest.raises(UserError, match="salient"):
        metric.compute()
