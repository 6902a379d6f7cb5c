import torch

from polytask.models.heads import Head, resize


def test_head_predicts_at_the_wanted_size():
    head = Head(16, 4, 5)
    assert head([torch.randn(2, 16, 3, 4)] * 4, (24, 32)).shape == (2, 5, 24, 32)


def test_every_level_reaches_the_prediction():
    head, levels = Head(16, 4, 1), [torch.randn(1, 16, 3, 4, requires_grad=True) for _ in range(4)]
    head(levels, (24, 32)).square().sum().backward()
    assert all(level.grad.abs().sum() > 0 for level in levels)


def test_resize_keeps_a_constant_and_does_not_align_corners():
    torch.testing.assert_close(resize(torch.ones(1, 1, 3, 4), (7, 9)), torch.ones(1, 1, 7, 9))
    assert resize(torch.tensor([[[[0.0, 1.0]]]]), (1, 4)).flatten().tolist() == [0, 0.25, 0.75, 1]
