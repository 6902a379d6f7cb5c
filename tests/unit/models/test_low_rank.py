"""The low-rank paths of re-alignment by hand, their start, their size."""

import math

import pytest
import torch
from torch.nn import functional as F

from polytask.models.low_rank import LowRankPath, SurgeryPath, around, build_paths


def test_low_rank_adds_a_map_of_the_blocks_input():
    path = LowRankPath(dim=2, rank=1)
    path.down.weight.data = torch.tensor([[1.0, 2.0]])
    path.up.weight.data = torch.tensor([[3.0], [-1.0]])
    inputs, outputs = torch.tensor([[[1.0, 1.0]]]), torch.tensor([[[10.0, 20.0]]])
    assert path(inputs, outputs).tolist() == [[[10 + 3 * 3, 20 - 3]]]


def test_surgery_takes_a_gated_map_of_the_blocks_output_away():
    path = SurgeryPath(dim=2, rank=2)
    path.down.weight.data = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    path.up.weight.data = torch.tensor([[1.0, 100.0], [2.0, 100.0]])
    outputs = torch.tensor([[[5.0, 7.0]]])  # the second row is negative: ReLU closes it
    assert path(torch.full_like(outputs, 99.0), outputs).tolist() == [[[5 - 5, 7 - 2 * 5]]]


@pytest.mark.parametrize("kind", ["low_rank", "surgery"])
def test_a_path_starts_as_nothing_with_a_kaiming_uniform_down(kind):
    [path] = build_paths(kind, dim=256, num_blocks=1, rank=16)
    inputs, outputs = torch.randn(2, 5, 256), torch.randn(2, 5, 256)
    assert torch.equal(path(inputs, outputs), outputs)
    assert not path.up.weight.any() and path.down.bias is path.up.bias is None
    bound = math.sqrt(2 / (1 + 5)) * math.sqrt(3 / 256)
    down = path.down.weight.detach()
    assert down.abs().max() <= bound
    assert float(down.std()) == pytest.approx(bound / math.sqrt(3), rel=0.05)


def test_the_paths_of_a_vit_base_have_the_published_size():
    paths = build_paths("low_rank", dim=768, num_blocks=12, rank=16)
    assert sum(p.numel() for p in paths.parameters()) == 12 * 2 * 16 * 768 == 294_912


def test_every_block_gets_its_own_path_and_none_changes_nothing():
    paths = build_paths("low_rank", dim=4, num_blocks=2, rank=2)
    for path in paths:
        torch.nn.init.normal_(path.up.weight)
    blocks, tokens = [F.gelu, torch.sin], torch.randn(1, 3, 4)
    first, second = around(blocks, paths)
    expected = F.gelu(tokens) + tokens @ paths[0].down.weight.T @ paths[0].up.weight.T
    torch.testing.assert_close(first(tokens), expected)
    expected = torch.sin(tokens) + tokens @ paths[1].down.weight.T @ paths[1].up.weight.T
    torch.testing.assert_close(second(tokens), expected)
    assert around(blocks, build_paths("none", 4, 2, 2)) is blocks
