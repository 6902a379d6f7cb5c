"""The contest about the target's outputs: who goes where, by how much, and what stays untouched."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from polytask.losses.multitask import LossConfig
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import BalancedObjective, build_balancing
from polytask.training.micro_batches import SOURCES, micro_batches
from polytask.training.objectives import MultiTaskObjective
from polytask.vta.adversarial import (
    SOURCE,
    TARGET,
    AdversarialObjective,
    Contest,
    Discriminator,
    comparable,
    discrimination,
    reversed_gradient,
)

LOSSES = LossConfig(edge_pos_weight=0.95)
WEIGHTS = {"semseg": 1.0, "depth": 2.0}


class Pixels(nn.Module):
    """A 1 x 1 convolution per task."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.heads = nn.ModuleDict({"semseg": nn.Conv2d(3, 4, 1), "depth": nn.Conv2d(3, 1, 1)})

    def forward(self, images, tasks):
        predictions = {task: self.heads[task](images) for task in tasks}
        return SimpleNamespace(predictions=predictions, gates={})


def contest() -> Contest:
    model = Pixels()
    return Contest(model, Discriminator(5, 4))


def batch(size: int = 2) -> dict:
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(2, size, 3, 16, 16, generator=generator)
    labels = torch.randint(0, 4, (size, 16, 16), generator=generator)
    depth = torch.rand(size, 1, 16, 16, generator=generator)
    labelled = {"image": images[0], "semseg": labels, "depth": depth}
    return {SOURCES: {SOURCE: labelled, TARGET: {"image": images[1]}}}


def gradients(loss, module):
    return torch.autograd.grad(loss, list(module.parameters()), retain_graph=True)


def test_reversed_values_are_the_same_and_their_gradient_turns_round():
    values = torch.tensor([1.0, -2.0], requires_grad=True)
    out = reversed_gradient(values, 0.25)
    (out * torch.tensor([3.0, 8.0])).sum().backward()
    assert torch.equal(out, values)
    assert values.grad.tolist() == [-0.75, -2.0]


def test_outputs_of_every_kind_lie_between_minus_one_and_one():
    said = {
        "semseg": torch.tensor([0.0, 0.0]).view(1, 2, 1, 1),
        "depth": torch.tensor(9.0).view(1, 1, 1, 1),
        "normals": torch.tensor([0.0, 30.0, -40.0]).view(1, 3, 1, 1),
        "edge": torch.tensor(0.0).view(1, 1, 1, 1),
        "edge_texture": torch.tensor(-1.0).view(1, 1, 1, 1),
    }
    expected = [0.5, 0.5, 0.9, 0.0, 0.6, -0.8, 0.5, -0.5]
    assert comparable(said).flatten().tolist() == pytest.approx(expected)


def test_a_discriminator_that_sees_through_it_drives_the_target_to_the_source():
    """It says how bright a map is: the source is bright, the target dark and has to brighten."""
    source = torch.full((2, 1, 2, 2), 3.0, requires_grad=True)
    target = torch.full((6, 1, 2, 2), -1.0, requires_grad=True)
    loss, accuracy = discrimination(source, target, nn.Identity(), weight=0.5)
    assert accuracy == 1
    bright, dark = F.softplus(torch.tensor(-3.0)), F.softplus(torch.tensor(-1.0))
    assert loss.item() == pytest.approx((bright + dark).item() / 2)
    loss.backward()
    assert source.grad is None, "the source learns from its labels alone"
    per_value = 0.5 * torch.sigmoid(torch.tensor(-1.0)) / 2 / target.numel()
    torch.testing.assert_close(target.grad, -per_value.expand(target.shape))


def test_the_model_climbs_what_the_discriminator_goes_down():
    both, of = contest(), batch()
    plain = MultiTaskObjective(WEIGHTS, LOSSES)
    parts = AdversarialObjective(plain, 0.1)(both, of)
    without = plain(both.model, of[SOURCES][SOURCE])
    assert parts["loss"].item() == pytest.approx((without["loss"] + parts["adversarial"]).item())
    said = [
        both.model(of[SOURCES][name]["image"], WEIGHTS).predictions for name in (SOURCE, TARGET)
    ]
    maps = [comparable(each) for each in said]
    by_hand = sum(
        F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label)) / 2
        for logits, label in zip(
            (both.discriminator(maps[0].detach()), both.discriminator(maps[1])), (1.0, 0.0),
            strict=True,
        )
    )  # fmt: skip
    for own, hand in zip(
        gradients(parts["loss"], both.discriminator), gradients(by_hand, both.discriminator),
        strict=True,
    ):  # fmt: skip
        torch.testing.assert_close(own, hand)
    for own, labels, hand in zip(
        gradients(parts["loss"], both.model), gradients(without["loss"], both.model),
        gradients(by_hand, both.model), strict=True,
    ):  # fmt: skip
        torch.testing.assert_close(own, labels - 0.1 * hand)


def test_micro_batches_of_both_domains_add_up_to_the_whole():
    both, objective = contest(), AdversarialObjective(MultiTaskObjective(WEIGHTS, LOSSES), 0.1)
    whole = gradients(objective(both, batch(4))["loss"], both)
    parts = [objective(both, piece)["loss"] / 2 for _, piece in micro_batches(batch(4), 2)]
    for one, other in zip(whole, gradients(sum(parts), both), strict=True):
        torch.testing.assert_close(one, other)


def test_a_balance_learns_from_the_source_and_is_kept():
    both, of = contest(), batch()
    balancing = build_balancing(BalancingConfig(method="famo"), 2, torch.device("cpu"))
    objective = AdversarialObjective(BalancedObjective(WEIGHTS, LOSSES, balancing=balancing), 0.1)
    parts = objective(both, of)
    assert {"weight_semseg", "weight_depth", "adversarial"} <= parts.keys()
    with torch.no_grad():
        both.model.heads["depth"].bias += 1
        objective.after_step(both, of)
    logits = objective.state()["logits"]["_w"]
    assert logits.any()
    other = build_balancing(BalancingConfig(method="famo"), 2, torch.device("cpu"))
    again = AdversarialObjective(BalancedObjective(WEIGHTS, LOSSES, balancing=other), 0.1)
    again.restore(objective.state())
    assert torch.equal(again.state()["logits"]["_w"], logits)
