import torch
from torch.nn import functional as F

from polytask.models.heads import Head, LinearHead, resize


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


def test_the_linear_head_is_a_matrix_at_every_patch():
    head, levels = LinearHead(8, 3, 2), [torch.randn(2, 8, 3, 4) for _ in range(3)]
    patches = torch.cat(levels, dim=1).permute(0, 2, 3, 1)
    expected = patches @ head.last_conv.weight[:, :, 0, 0].T + head.last_conv.bias
    torch.testing.assert_close(head(levels, (3, 4)), expected.permute(0, 3, 1, 2))


def test_the_linear_head_commutes_with_the_resampling():
    head, levels = LinearHead(8, 2, 1), [torch.randn(1, 8, 3, 4) for _ in range(2)]
    before = head.last_conv(F.interpolate(torch.cat(levels, dim=1), size=(24, 32), mode="bilinear"))
    torch.testing.assert_close(head(levels, (24, 32)), before)


def test_a_linear_head_on_a_vit_base_has_the_published_size():
    sizes = {out: LinearHead(2 * 768, 4, out) for out in (13, 1, 3)}
    counts = {out: sum(p.numel() for p in head.parameters()) for out, head in sizes.items()}
    assert counts == {out: 6144 * out + out for out in sizes}
    assert round(sum(counts.values()) / 1e6, 1) == 0.1
