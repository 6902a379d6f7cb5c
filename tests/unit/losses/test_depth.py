"""Losses of depth: values by hand, unlabelled pixels, parts of a batch, the choice."""

import pytest
import torch

from polytask.losses import dense, depth
from polytask.losses.counts import count
from polytask.losses.multitask import LossConfig, task_loss

LOSSES = {"l1": dense.positive_l1, "berhu": depth.reverse_huber, "rotated": depth.rotated_l1}


def row(*values):
    """One image (1, 1, 1, W)."""
    return torch.tensor(values).view(1, 1, 1, -1)


def test_berhu_is_linear_up_to_a_fifth_of_the_largest_error_and_quadratic_above():
    """Errors 10, 1, 2 and an unlabelled pixel: c = 2, so (100 + 4) / 4 + 1 + 2 over three."""
    prediction = row(11.0, 2.0, 5.0, 99.0).requires_grad_()
    loss = depth.reverse_huber(prediction, row(1.0, 1.0, 3.0, 0.0))
    loss.backward()
    assert loss.item() == pytest.approx((26 + 1 + 2) / 3)
    # e / c above c, one below; c itself has no gradient
    assert prediction.grad.flatten().tolist() == pytest.approx([5 / 3, 1 / 3, 1 / 3, 0])


def test_berhu_of_a_perfect_prediction_is_zero_with_a_finite_gradient():
    prediction = row(1.0, 3.0).requires_grad_()
    loss = depth.reverse_huber(prediction, row(1.0, 3.0))
    loss.backward()
    assert loss.item() == 0 and prediction.grad.tolist() == [[[[0, 0]]]]


def test_each_image_has_a_threshold_of_its_own():
    """An image far off (c = 20) does not make the other's errors (c = 0.2) linear."""
    near, far = row(1.0 + 1.0), row(1.0 + 100.0)
    ones = row(1.0)
    alone = depth.reverse_huber(near, ones)
    assert alone.item() == pytest.approx((1 + 0.04) / 0.4)
    both = depth.reverse_huber(torch.cat([near, far]), torch.cat([ones, ones]))
    assert both.item() == pytest.approx((alone + depth.reverse_huber(far, ones)).item() / 2)


@pytest.mark.parametrize("rows, columns", [(1, 0), (0, -1), (-1, 1)])
def test_rotated_does_not_mind_one_pixel_to_any_side(rows, columns):
    target = torch.rand(1, 1, 6, 6, generator=torch.manual_seed(0)) + 1
    moved = target.roll((rows, columns), (2, 3))
    edge = torch.ones_like(target, dtype=torch.bool)
    edge[..., 1:-1, 1:-1] = False
    inner = target.masked_fill(edge, 0)
    assert depth.rotated_l1(moved, inner).item() == 0
    assert dense.positive_l1(moved, inner) > 0.1


def test_rotated_takes_the_best_move_of_each_image_by_hand():
    """Moved left 0 + 0 + |3 - 5|, where it is 1 + 1 + 2; the second image stays: 0.5."""
    prediction = torch.cat([row(1.0, 2.0, 3.0), row(4.0, 1.0, 4.0)])
    target = torch.cat([row(2.0, 3.0, 5.0), row(4.0, 1.0, 4.5)])
    assert depth.rotated_l1(prediction, target).item() == pytest.approx((2 + 0.5) / 6)


@pytest.mark.parametrize("loss", [depth.reverse_huber, depth.rotated_l1])
def test_parts_of_a_batch_make_the_whole(loss):
    draw = torch.manual_seed(0)
    target = torch.rand(4, 1, 5, 5, generator=draw) * (torch.rand(4, 1, 5, 5, generator=draw) > 0.3)
    target[3] = 0
    prediction = torch.rand(4, 1, 5, 5, generator=draw)
    parts = [
        loss(prediction[part], target[part], count("depth", target, parts=2))
        for part in (slice(0, 2), slice(2, 4))
    ]
    torch.testing.assert_close(sum(parts) / 2, loss(prediction, target))


@pytest.mark.parametrize("name", LOSSES)
def test_the_depth_loss_is_chosen_by_name_and_disparity_keeps_its_own(name):
    prediction, target = torch.rand(1, 1, 4, 4), torch.rand(1, 1, 4, 4) + 0.5
    labels = {"depth": target, "disparity": target}
    config = LossConfig(edge_pos_weight=0.95, depth_loss=name)
    assert torch.equal(
        task_loss("depth", prediction, labels, config), LOSSES[name](prediction, target)
    )
    assert torch.equal(
        task_loss("disparity", prediction, labels, config), dense.positive_l1(prediction, target)
    )


@pytest.mark.parametrize("name", LOSSES)
def test_nothing_labelled_gives_zero_with_a_zero_gradient(name):
    prediction = torch.randn(2, 1, 4, 4, requires_grad=True)
    loss = LOSSES[name](prediction, torch.zeros(2, 1, 4, 4))
    loss.backward()
    assert loss.item() == 0 and not prediction.grad.any()
