"""Batch norms that several processes share: which become so, and which are refused."""

import pytest
import torch
from torch import nn

from polytask.models.norms import WholeBatchNorm2d, use_whole_batch_norms


def test_plain_batch_norms_see_the_whole_batch_and_stay_what_they_were():
    frozen = nn.BatchNorm2d(4).eval()
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.BatchNorm2d(4, 1e-3, 0.2)), frozen)
    model(torch.rand(2, 3, 8, 8))
    before = dict(model.named_parameters()) | dict(model.named_buffers())
    use_whole_batch_norms(model)
    norm = model[1][0]
    assert type(norm) is WholeBatchNorm2d and model[2] is frozen
    assert (norm.eps, norm.momentum, norm.training) == (1e-3, 0.2, True)
    after = dict(model.named_parameters()) | dict(model.named_buffers())
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)


@pytest.mark.parametrize(
    "norm", [nn.BatchNorm1d(4), nn.BatchNorm2d(4, affine=False), nn.BatchNorm2d(4, momentum=None)]
)
def test_others_are_refused_by_name(norm):
    with pytest.raises(ValueError, match=r"head\.0: each process .*BatchNorm"):
        use_whole_batch_norms(nn.ModuleDict({"head": nn.Sequential(norm)}))
    use_whole_batch_norms(nn.ModuleDict({"head": nn.Sequential(norm)}).eval())
