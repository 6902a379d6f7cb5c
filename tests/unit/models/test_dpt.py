"""The DPT head: its size, its output grid, and that nothing of an image leaks into another."""

import pytest
import torch

from polytask.errors import UserError
from polytask.models.dpt import DPTHead


def levels(*grid: int, dim: int = 32) -> list[torch.Tensor]:
    return [torch.randn(2, dim, *grid, requires_grad=True) for _ in range(4)]


@pytest.mark.parametrize(("out", "millions"), [(1, 3.41), (13, 3.47), (3, 3.47)])
def test_it_has_the_size_of_the_authors_head(out, millions):
    with torch.device("meta"):
        head = DPTHead(768, 4, out)
    count = sum(p.numel() for p in head.parameters())
    assert count == pytest.approx(millions * 1e6, rel=0.02)
    widths = [each.project_to_out_channel.out_channels for each in head.decoder.reassemble_blocks]
    assert widths == [24, 48, 96, 192]


@pytest.mark.parametrize("grid", [(4, 4), (3, 5), (20, 27), (1, 2)])
def test_it_predicts_every_pixel_of_any_grid(grid):
    size = 14 * grid[0], 14 * grid[1]
    assert DPTHead(32, 4, 5)(levels(*grid), size).shape == (2, 5, *size)


def test_an_odd_grid_is_the_even_one_with_its_edge_repeated():
    head, even = DPTHead(32, 4, 1).eval(), [level.detach() for level in levels(4, 6)]
    for level in even:
        level[..., 3, :] = level[..., 2, :]
        level[..., 5] = level[..., 4]
    whole = head(even, (32, 48))
    odd = head([level[..., :3, :5] for level in even], (24, 40))
    torch.testing.assert_close(odd, whole[..., :24, :40])


def test_every_level_and_every_weight_learns():
    head, maps = DPTHead(32, 4, 2), levels(4, 4)
    head(maps, (32, 32)).square().sum().backward()
    assert all(level.grad.abs().sum() > 0 for level in maps)
    assert all(parameter.grad is not None for parameter in head.parameters())


def test_it_keeps_no_statistics_of_a_batch():
    head = DPTHead(32, 4, 2).train()
    maps = [level.detach() for level in levels(4, 4)]
    together = head(maps, (32, 32))
    alone = head([level[:1] for level in maps], (32, 32))
    torch.testing.assert_close(alone, together[:1], atol=1e-5, rtol=1e-4)
    assert not list(head.buffers())


def test_it_needs_four_levels():
    with pytest.raises(UserError, match="'dpt' needs 4 levels, not 3"):
        DPTHead(32, 3, 1)
