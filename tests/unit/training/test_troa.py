"""TROA: where the weights go, when, and that a training takes them up again."""

import pytest
import torch
from resuming import Killed, assert_same, train
from test_balancing import CPU, Objective, Tasks, images

from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import build_balancing
from polytask.training.balancing.troa import Troa

CENTRES = (-1.0, 0.0), (-2.0, 0.0), (1.0, 0.0)  # two tasks that pull one way, one against them


def steps(balancing, model, count):
    """The weights of so many steps, without moving the model."""
    found = []
    for _ in range(count):
        found.append(balancing(model(), model)[1].tolist())
        balancing.after_step(list)
    return found


def on_x(**options):
    return Troa(3, CPU, layer=lambda model: [model.x], **options)


def test_weights_stay_between_updates():
    first, second, third, fourth, fifth = steps(on_x(every=2), Tasks(*CENTRES), 5)
    assert first == second == [1, 1, 1]
    assert third == fourth != second
    assert fifth != fourth
    assert sum(third) == pytest.approx(3)


def test_tasks_that_agree_gain_by_tawt_and_lose_by_algorithm_1():
    # e / (2e + 1/e) = 0.468, less 0.063; 1/e / (e + 2/e) = 0.107, more 0.787
    for rule, of_two, of_one in (("tawt", 1.0431, 0.9138), ("algorithm_1", 0.6813, 1.6374)):
        balancing = on_x(every=1, rule=rule)
        weights = steps(balancing, Tasks(*CENTRES), 2)[1]
        assert weights == pytest.approx([of_two, of_two, of_one], abs=2e-4)
        assert balancing.cosines_NN.tolist() == [[1, 1, -1], [1, 1, -1], [-1, -1, 1]]


def test_the_gradient_is_that_of_the_weighted_sum_and_of_nothing_else():
    model, balancing = Tasks(*CENTRES), on_x(every=1)
    steps(balancing, model, 1)
    total, weights = balancing(model(), model)
    assert model.x.grad is None
    total.backward()
    by_hand = weights[0] * 1 + weights[1] * 2 - weights[2] * 1
    assert model.x.grad.tolist() == pytest.approx([by_hand.item(), 0])
    assert [head.grad.item() for head in model.heads] == pytest.approx((2 * weights).tolist())


class Adapted(Tasks):
    """A model that shares x, and sees the affinities in its forward pass."""

    def __init__(self, *centres):
        super().__init__(*centres)
        self.register_buffer("affinities", torch.full((3, 3), 1 / 3))
        self.embedding = torch.nn.Parameter(torch.ones(3))

    def shared_parameters(self):
        return [self.x]

    def forward(self):
        seen = self.affinities @ self.embedding
        return [loss * of_task for loss, of_task in zip(super().forward(), seen, strict=True)]


def test_a_model_that_reads_affinities_is_given_them_after_the_step():
    model = Adapted(*CENTRES)
    config = BalancingConfig(method="troa", options={"every": 1, "rule": "algorithm_1"})
    balancing = build_balancing(config, 3, CPU)
    total, _ = balancing(model(), model)
    assert torch.equal(model.affinities, torch.full((3, 3), 1 / 3))
    total.backward()  # needs the affinities of the forward pass
    balancing.after_step(list)
    assert torch.equal(model.affinities, balancing.affinities_NN)
    assert model.affinities[2].tolist() == pytest.approx([0.467, 0.467, 0.063], abs=1e-2)


def test_an_interrupted_training_ends_the_same(tmp_path):
    torch.set_num_threads(1)

    def objective(at=None):
        layer = {"layer": lambda model: [model.convolution.weight]}
        return Objective(Troa(2, CPU, every=2, **layer), at)

    expected = train(tmp_path / "whole", objective(), batches=images)
    for at in (1, 5):
        with pytest.raises(Killed):
            train(tmp_path / str(at), objective(at), batches=images)
        again = objective()
        assert_same(train(tmp_path / str(at), again, batches=images), expected)
        assert again.balancing.steps == 9
