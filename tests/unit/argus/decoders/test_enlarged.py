"""A convolution of enlarged maps that enlarges nothing: the sums of the plain way, to rounding."""

import pytest
import torch
from torch.nn import functional as F
from transformers.models.upernet.configuration_upernet import UperNetConfig
from transformers.models.upernet.modeling_upernet import UperNetHead

from polytask.argus.decoders.enlarged import convolve_enlarged, shifted_enlargements
from polytask.argus.decoders.upernet import PyramidHead
from polytask.models.group_norms import use_group_norms


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def plain(maps, weight):
    size = maps[0].shape[-2:]
    enlarged = [
        F.interpolate(each, size=size, mode="bilinear", align_corners=False) for each in maps
    ]
    return F.conv2d(torch.cat(enlarged, 1), weight, padding=1)


@pytest.mark.parametrize(
    "sizes", [[(8, 12), (4, 6), (2, 3), (1, 2)], [(7, 5), (3, 5), (7, 2)], [(4, 4)]]
)
def test_values_and_gradients_are_those_of_the_plain_way(sizes):
    maps = [torch.randn(2, 3 + at, *size, dtype=torch.float64, requires_grad=True)
            for at, size in enumerate(sizes)]  # fmt: skip
    channels = sum(each.shape[1] for each in maps)
    weight = torch.randn(5, channels, 3, 3, dtype=torch.float64, requires_grad=True)
    expected, found = plain(maps, weight), convolve_enlarged(maps, weight)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-6)
    direction = torch.randn_like(expected)
    for ours, theirs in zip(
        torch.autograd.grad(found, [*maps, weight], direction),
        torch.autograd.grad(expected, [*maps, weight], direction),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)


def test_a_shift_leaves_nothing_outside():
    above, at, below = shifted_enlargements(2, into=4)
    assert at.tolist() == [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    assert above.tolist() == [[0, 0], *at[:-1].tolist()]
    assert below.tolist() == [*at[1:].tolist(), [0, 0]]


def test_the_head_is_the_librarys():
    config = UperNetConfig(hidden_size=16, num_labels=3)
    ours, theirs = (kind(config, [8] * 4) for kind in (PyramidHead, UperNetHead))
    for head in (ours, theirs):
        use_group_norms(head)
    ours.load_state_dict(theirs.state_dict())
    maps = [torch.randn(2, 8, 24 // 2**at, 16 // 2**at) for at in range(4)]
    torch.testing.assert_close(ours(maps), theirs(maps), atol=1e-5, rtol=1e-4)
