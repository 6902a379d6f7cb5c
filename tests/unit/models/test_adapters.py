import pytest
import torch
from torch.nn import functional as F

from polytask.models.adapters import (
    Adapter,
    TeacherSpecificAdapterPath,
    adapter,
    adapter_path,
)


def test_adapter_is_equation_3():
    tokens, down, up = torch.randn(2, 5, 8), torch.randn(8, 2), torch.randn(2, 8)
    expected = 0.5 * F.gelu(tokens @ down) @ up + tokens
    actual = adapter(tokens, lambda x: x @ down, lambda x: x @ (0.5 * up))
    torch.testing.assert_close(actual, expected)


def test_adapter_path_is_equation_2_by_hand():
    stem = [torch.tensor(1.0), torch.tensor(10.0), torch.tensor(100.0)]
    paths = adapter_path(stem, [lambda x: 2 * x, lambda x: 3 * x, lambda x: 5 * x])
    assert [float(r) for r in paths] == [2.0, 3 * (2 + 10), 5 * (36 + 100)]


def test_with_scale_zero_a_path_is_the_running_sum_of_the_stem():
    path = TeacherSpecificAdapterPath(8, 3)
    for module in path:
        torch.nn.init.zeros_(module.scale)
    stem = list(torch.randn(4, 2, 5, 8))
    torch.testing.assert_close(torch.stack(path(stem)), torch.stack(stem).cumsum(0))


def test_a_path_refuses_another_number_of_stages():
    with pytest.raises(ValueError, match="zip"):
        TeacherSpecificAdapterPath(8, 3)([torch.zeros(1, 2, 8)] * 3)


def test_official_start_changes_the_tokens_and_zero_start_does_not():
    tokens = torch.randn(2, 5, 8)
    assert not torch.equal(Adapter(8)(tokens), tokens)
    assert torch.equal(Adapter(8, zero_init_up=True)(tokens), tokens)


def test_adapter_starts_as_the_official_one():
    module = Adapter(256)
    assert module.scale.tolist() == [1.0]
    assert module.down.bias.abs().sum() + module.up.bias.abs().sum() == 0
    for weight in (module.down.weight, module.up.weight):
        assert abs(float(weight.detach().std()) - 0.02) < 1e-3
    assert module.down.weight.shape == (64, 256)
