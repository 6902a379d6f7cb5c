"""Losses of the dense tasks: hand-computed values, ignored pixels, nothing labelled at all."""

import math

import pytest
import torch
from torch.nn import functional as F

from polytask.losses import dense
from polytask.losses.multitask import LossConfig, multi_task_loss, task_loss
from polytask.tasks import TASKS, num_outputs

LOSSES = LossConfig(edge_pos_weight=0.95)


def unlabelled(task):
    """Labels (2, ..., 4, 4) of which no pixel is valid."""
    return {
        "semseg": torch.full((2, 4, 4), 255),
        "human_parts": torch.zeros(2, 4, 4, dtype=torch.int64),
        "sal": torch.full((2, 4, 4), 255),
        "edge": torch.full((2, 1, 4, 4), 255.0),
        "normals": torch.zeros(2, 3, 4, 4),
        "depth": torch.zeros(2, 1, 4, 4),
        "part_segmentation": torch.full((2, 4, 4), 255),
        "disparity": torch.zeros(2, 1, 4, 4),
        "autoencoder": torch.full((2, 3, 4, 4), torch.nan),
        "keypoints": torch.full((2, 1, 4, 4), torch.nan),
        "edge_texture": torch.full((2, 1, 4, 4), torch.nan),
    }[task]


@pytest.mark.parametrize("task", TASKS)
def test_nothing_labelled_gives_zero_with_a_zero_gradient(task):
    prediction = torch.randn(2, num_outputs(task, 3), 4, 4, requires_grad=True)
    loss = task_loss(task, prediction, {task: unlabelled(task)}, LOSSES)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(prediction.grad, torch.zeros_like(prediction))


@pytest.mark.parametrize("task", TASKS)
def test_ignored_pixels_receive_no_gradient(task):
    torch.manual_seed(0)
    labels = unlabelled(task)
    labels[..., 0, 0] = 1
    prediction = torch.randn(2, num_outputs(task, 3), 4, 4, requires_grad=True)
    task_loss(task, prediction, {task: labels}, LOSSES).backward()
    touched = prediction.grad.abs().sum(dim=(0, 1)) > 0
    if task == "human_parts":  # there 0 is background, a label like any other
        assert touched.all()
    elif task != "sal":  # all salient: the balance gives the only class the weight 0
        assert touched.nonzero().tolist() == [[0, 0]]


def test_cross_entropy_is_the_mean_over_labelled_pixels():
    prediction = torch.randn(2, 3, 4, 4)
    labels = torch.randint(0, 3, (2, 4, 4))
    labels[0, :2] = 255
    expected = F.cross_entropy(prediction, labels, ignore_index=255)
    torch.testing.assert_close(dense.cross_entropy(prediction, labels), expected)


def test_images_without_a_person_do_not_count():
    prediction = torch.randn(2, 7, 4, 4)
    labels = torch.randint(0, 7, (2, 4, 4))
    labels[1] = 0
    torch.testing.assert_close(
        dense.human_parts_cross_entropy(prediction, labels),
        dense.cross_entropy(prediction[:1], labels[:1]),
    )


def test_balanced_cross_entropy_by_hand():
    prediction = torch.zeros(1, 2, 1, 4)
    labels = torch.tensor([[[1, 0, 0, 0]]])
    # one pixel of weight 3/4 and three of weight 1/4, each log 2, over four pixels
    expected = (0.75 + 3 * 0.25) * math.log(2) / 4
    assert dense.balanced_cross_entropy(prediction, labels).item() == pytest.approx(expected)


def test_balanced_binary_cross_entropy_by_hand():
    prediction = torch.zeros(1, 1, 1, 3)
    labels = torch.tensor([1.0, 0.0, 255.0]).view(1, 1, 1, 3)
    expected = (0.95 + 0.05) * math.log(2) / 2
    loss = dense.balanced_binary_cross_entropy(prediction, labels, 0.95)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_normals_l1_sums_three_channels_of_the_normalised_output():
    prediction = torch.tensor([0.0, 0.0, 5.0]).view(1, 3, 1, 1)
    target = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
    assert dense.normals_l1(prediction, target).item() == pytest.approx(2.0)
    assert dense.normals_l1(7 * target, target).item() == pytest.approx(0.0)


def test_normals_dot_product_is_one_minus_the_cosine_whatever_the_length():
    target = torch.tensor([0.0, 0.6, 0.8]).view(1, 3, 1, 1)
    others = {0.0: 7 * target, 2.0: -0.1 * target, 1.0: torch.tensor([3.0, 0, 0]).view(1, 3, 1, 1)}
    for expected, prediction in others.items():
        loss = dense.normals_dot_product(prediction, target)
        assert loss.item() == pytest.approx(expected, abs=1e-6)


def test_normals_dot_product_is_a_mean_over_labelled_pixels_alone():
    up, right = torch.tensor([0.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 0.0])
    prediction = torch.stack([up, up, up], dim=1).view(1, 3, 1, 3).requires_grad_()
    target = torch.stack([up, right, torch.zeros(3)], dim=1).view(1, 3, 1, 3)
    loss = dense.normals_dot_product(prediction, target)
    loss.backward()
    assert loss.item() == pytest.approx((0 + 1) / 2)
    assert prediction.grad.abs().sum(dim=(0, 1, 2))[2] == 0


def test_raw_l1_of_normals_sees_their_length_and_is_a_mean_over_channels():
    """(0 + 0 + 1) / 3 in the first pixel, (0.5 + 0 + 1) / 3 in the second, none in the third."""
    prediction = torch.tensor([[0.0, 0.0, 2.0], [0.5, 0.0, 0.0], [9.0, 9.0, 9.0]])
    target = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    prediction, target = (values.T.reshape(1, 3, 1, 3) for values in (prediction, target))
    assert dense.normals_raw_l1(prediction, target).item() == pytest.approx(2.5 / 6)


def test_regression_l1_is_a_mean_over_pixels_and_channels_that_are_labelled():
    """A pixel without one of its channels is unlabelled: (2 + 0.5) / 2."""
    target = torch.tensor([0.0, -1.0, torch.nan, 0.5]).view(1, 2, 1, 2)
    prediction = torch.tensor([1.0, 1.0, 7.0, 0.0]).view(1, 2, 1, 2).requires_grad_()
    loss = dense.regression_l1(prediction, target)
    loss.backward()
    assert loss.item() == pytest.approx(2.5 / 2)
    assert prediction.grad.flatten().tolist() == pytest.approx([0, 0.5, 0, -0.5])


def test_the_normals_loss_is_chosen_by_name():
    prediction, labels = torch.randn(1, 3, 4, 4), {"normals": F.normalize(torch.randn(1, 3, 4, 4))}
    losses = {
        "l1": dense.normals_l1,
        "raw_l1": dense.normals_raw_l1,
        "dot_product": dense.normals_dot_product,
    }
    for name, loss in losses.items():
        config = LossConfig(edge_pos_weight=0.95, normals_loss=name)
        chosen = task_loss("normals", prediction, labels, config)
        assert torch.equal(chosen, loss(prediction, labels["normals"]))
    assert torch.equal(
        task_loss("normals", prediction, labels, LOSSES),
        dense.normals_l1(prediction, labels["normals"]),
    )


def test_the_error_of_a_positive_quantity_skips_unlabelled_pixels():
    prediction = torch.tensor([3.0, 9.0]).view(1, 1, 1, 2)
    assert dense.positive_l1(prediction, torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)).item() == 2.0


def test_multi_task_loss_is_the_weighted_sum():
    predictions = {"semseg": torch.randn(1, 3, 4, 4), "depth": torch.randn(1, 1, 4, 4)}
    labels = {"semseg": torch.randint(0, 3, (1, 4, 4)), "depth": torch.rand(1, 1, 4, 4) + 1}
    total, parts = multi_task_loss(predictions, labels, {"semseg": 2.0, "depth": 3.0}, LOSSES)
    torch.testing.assert_close(total, 2 * parts["semseg"] + 3 * parts["depth"])


def test_half_precision_outputs_give_a_float32_loss():
    prediction = torch.randn(1, 3, 4, 4, dtype=torch.bfloat16)
    loss = dense.cross_entropy(prediction, torch.randint(0, 3, (1, 4, 4)))
    assert loss.dtype == torch.float32
