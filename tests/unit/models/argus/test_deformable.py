"""Deformable attention equals a loop over queries, heads, maps and points; so do its gradients."""

from itertools import product
from math import floor

import pytest
import torch

from polytask.errors import UserError
from polytask.models.argus.deformable import (
    DeformableAttention,
    deformable_attention,
    grid_centres,
)

SHAPES = [(2, 3), (1, 2)]


@pytest.fixture
def arguments():
    """One image, 3 queries, 2 heads of width 2, 2 maps, 2 points, some of them outside."""
    values = torch.randn(1, 8, 2, 2, dtype=torch.float64)
    locations = torch.rand(1, 3, 2, 2, 2, 2, dtype=torch.float64) * 1.6 - 0.3
    weights = torch.rand(1, 3, 2, 2, 2, dtype=torch.float64)
    return values, locations, weights


def bilinear(values_hwE, x, y):
    """A map at a place, in units of its places, zero where there is none."""
    height, width, _ = values_hwE.shape
    total = torch.zeros(values_hwE.shape[-1], dtype=values_hwE.dtype)
    for row, column in product((floor(y), floor(y) + 1), (floor(x), floor(x) + 1)):
        if 0 <= row < height and 0 <= column < width:
            total += (1 - abs(y - row)) * (1 - abs(x - column)) * values_hwE[row, column]
    return total


def by_loops(values, locations, weights):
    maps = values.split([h * w for h, w in SHAPES], dim=1)
    outputs = torch.zeros(1, 3, 4, dtype=torch.float64)
    for query, head, level, point in product(range(3), range(2), range(2), range(2)):
        height, width = SHAPES[level]
        x, y = locations[0, query, head, level, point].tolist()
        found = bilinear(
            maps[level][0, :, head].unflatten(0, (height, width)), x * width - 0.5, y * height - 0.5
        )
        outputs[0, query, 2 * head : 2 * head + 2] += weights[0, query, head, level, point] * found
    return outputs


def test_it_is_a_weighted_sum_of_bilinear_samples(arguments):
    values, locations, weights = arguments
    found = deformable_attention(values, SHAPES, locations, weights)
    torch.testing.assert_close(found, by_loops(*arguments))


def test_its_gradients_are_those_of_finite_differences(arguments):
    inputs = [each.requires_grad_() for each in arguments]
    assert torch.autograd.gradcheck(
        lambda values, places, weights: deformable_attention(values, SHAPES, places, weights),
        inputs,
    )


def test_centres_are_in_the_order_of_the_tokens():
    assert grid_centres([(1, 2), (2, 1)], torch.device("cpu")).tolist() == [
        [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75],
    ]  # fmt: skip


def test_a_query_that_looks_at_its_own_place_alone_gets_its_own_value():
    attention = DeformableAttention(32, 1, 4, 1.0)
    with torch.no_grad():
        attention.sampling_offsets.bias.zero_()
    values, shapes = torch.randn(2, 6, 32), [(2, 3)]
    centres = grid_centres(shapes, torch.device("cpu"))
    found = attention(torch.randn(2, 6, 32), centres, values, shapes)
    torch.testing.assert_close(found, attention.output_proj(attention.value_proj(values)))


def test_it_starts_with_a_star_of_a_step_per_point():
    bias = DeformableAttention(256, 2, 3, 0.5).sampling_offsets.bias.detach()
    star = bias.view(4, 2, 3, 2)  # heads to the right, down, left and up (y points down)
    expected = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    for point in range(3):
        for level in range(2):
            found = star[:, level, point]
            torch.testing.assert_close(found, expected * (point + 1), atol=1e-5, rtol=0)


def test_an_offset_of_one_is_one_place_of_its_map():
    attention = DeformableAttention(32, 1, 1, 1.0)
    shapes = [(2, 3)]
    values = torch.randn(1, 6, 32)
    centres = grid_centres(shapes, torch.device("cpu"))
    found = attention(torch.zeros(1, 6, 32), centres, values, shapes)  # the star: one to the right
    right = attention.value_proj(values).detach()[:, [1, 2, 0, 4, 5, 0]]
    right[:, [2, 5]] = 0  # outside
    torch.testing.assert_close(found, attention.output_proj(right), atol=1e-5, rtol=1e-4)


def test_values_that_heads_cannot_share_are_refused():
    with pytest.raises(UserError, match=r"value_ratio: 0\.5 of width 202"):
        DeformableAttention(202, 1, 4, 0.5)


def test_it_is_the_kernel_of_transformers():
    """Whose import takes seconds that every job would wait for: here it is only compared with."""
    from transformers.models.deformable_detr.modeling_deformable_detr import (
        MultiScaleDeformableAttention,
    )

    shapes = [(12, 9), (6, 5), (3, 3)]
    sizes = torch.tensor(shapes)
    places = sizes.prod(dim=1)
    values = torch.randn(2, int(places.sum()), 4, 8)
    locations = torch.rand(2, 20, 4, 3, 4, 2) * 1.4 - 0.2
    weights = torch.rand(2, 20, 4, 12).softmax(dim=-1).unflatten(3, (3, 4))
    starts = torch.cat([places.new_zeros(1), places.cumsum(0)[:-1]])
    theirs = MultiScaleDeformableAttention()(
        values, sizes, shapes, starts, locations, weights, im2col_step=64
    )
    ours = deformable_attention(values, shapes, locations, weights)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
