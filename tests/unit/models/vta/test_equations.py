"""VTA's equations against numbers worked out by hand."""

import torch

from polytask.models.vta.adapter import AdapterLayer
from polytask.models.vta.attention import attention, task_adapted_attention, task_bias
from polytask.models.vta.config import AdapterConfig
from polytask.models.vta.film import task_conditions
from polytask.models.vta.norm import TaskScaledNorm, task_scaled_norm
from polytask.models.vta.windows import cut, join, neighbours

SMALL = AdapterConfig(window=2, bottleneck=2, task_dim=3)


def test_attention_of_two_tokens():
    q, k = torch.tensor([[2.0, 0, 0, 0]]), torch.tensor([[3.0, 0, 0, 0], [0, 1, 0, 0]])
    v = torch.tensor([[1.0], [0.0]])
    share = 1 / (1 + torch.exp(torch.tensor(-3.0)))  # logits 2 * 3 / sqrt(4) and 0
    torch.testing.assert_close(attention(q, k, v), share.view(1, 1))
    evened = task_adapted_attention(q, k, v, torch.tensor([[0.0, 3.0]]))
    torch.testing.assert_close(evened, torch.tensor([[0.5]]))
    only_second = attention(q, k, v, torch.tensor([[False, True]]))
    assert only_second.item() == 0


def test_the_bias_is_block_diagonal():
    weights = torch.tensor([[1.0, 2], [3, 4], [5, 6], [7, 8]])
    bias = task_bias(weights, torch.tensor([10.0, 100]), torch.tensor([1.0, -1]))
    expected = [[11, 199, 0, 0], [31, 399, 0, 0], [0, 0, 51, 599], [0, 0, 71, 799]]
    assert bias.tolist() == expected


def test_the_norm_scales_and_shifts_by_the_condition():
    values = torch.tensor([1.0, 3.0])  # normalised: -1, 1
    two, half = torch.full((2,), 2.0), torch.full((2,), 0.5)
    found = task_scaled_norm(values, two, torch.tensor([10.0, 20]), half, torch.tensor([1.0, 3]))
    torch.testing.assert_close(found, torch.tensor([-2 + 10.0, 4 + 20]), rtol=1e-4, atol=1e-4)


def test_a_condition_is_the_mean_by_affinities_and_zero_changes_no_bit():
    affinities, tasks = torch.tensor([[0.25, 0.75], [1.0, 0.0]]), torch.tensor([[4.0, 8], [0, -4]])
    assert task_conditions(affinities, tasks).tolist() == [[1, -1], [4, 8]]
    three, wide = torch.rand(3, 3), torch.zeros(4, 4)
    wide[:3, :3] = three
    rows = torch.randn(4, 7)
    assert torch.equal(task_conditions(wide, rows)[:3], task_conditions(three, rows[:3]))


def test_at_the_start_an_adapter_has_plain_attention_and_a_layer_norm():
    adapted = AdapterLayer(SMALL, 8, 2, shifted=True)
    plain_config = AdapterConfig(window=2, bottleneck=2, task_dim=3, taa=False)
    plain = AdapterLayer(plain_config, 8, 2, shifted=True)
    shared = plain.state_dict().keys() & adapted.state_dict().keys()
    plain.load_state_dict({key: adapted.state_dict()[key] for key in shared})
    maps, condition = torch.randn(2, 5, 4, 8), torch.randn(3)
    assert torch.equal(adapted(maps, condition), plain(maps, None))
    torch.nn.init.normal_(adapted.attention.film.linear.weight)
    assert not torch.allclose(adapted(maps, condition), plain(maps, None))


def test_at_the_start_the_scaled_norm_is_a_layer_norm():
    norm, residual, output = TaskScaledNorm(8, 2), torch.randn(2, 3, 8), torch.randn(2, 3, 8)
    assert torch.equal(norm(residual, output), torch.nn.LayerNorm(8)(residual))
    torch.nn.init.normal_(norm.film.linear.weight)
    assert not torch.allclose(norm(residual, output), norm(residual, -output))


def test_windows_come_back_and_shifted_ones_keep_far_sides_apart():
    maps = torch.arange(2 * 5 * 7.0).view(2, 5, 7, 1)
    for shift in (0, 2):
        assert torch.equal(join(cut(maps, 4, shift), (5, 7), 4, shift), maps)
    assert neighbours((4, 8), 4, 0, maps.device) is None
    allowed = neighbours((4, 4), 2, 1, maps.device)
    assert allowed.sum(dim=(1, 2)).tolist() == [16, 8, 8, 4]  # whole, two halves, four single ones
    padded = neighbours((1, 2), 2, 0, maps.device)
    assert padded[0].tolist() == [[True, True, False, False]] * 2 + [[False, False, True, True]] * 2
