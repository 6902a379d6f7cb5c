"""Norms of tokens are those of each token, over all images, in whatever batches they come."""

import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.token_norms import TokenNorms


def test_mean_and_spread_are_over_tokens():
    features = torch.zeros(1, 2, 1, 2)
    features[0, :, 0, 0] = torch.tensor([3.0, 4.0])  # 5, and of the other token 1
    features[0, 0, 0, 1] = -1.0
    norms = TokenNorms()
    norms.update(features)
    assert norms.compute() == {"mean": pytest.approx(3.0), "sd": pytest.approx(2.0)}


def test_batches_add_up_and_a_constant_has_no_spread():
    whole, parts = TokenNorms(), TokenNorms()
    features = torch.full((6, 4, 3, 3), 0.1)
    whole.update(features)
    for part in features.split(4):
        parts.update(part)
    assert parts.compute() == pytest.approx(whole.compute())
    assert whole.compute() == {"mean": pytest.approx(0.2), "sd": pytest.approx(0, abs=1e-6)}


def test_nothing_has_no_mean():
    with pytest.raises(UserError, match="data set is empty"):
        TokenNorms().compute()
