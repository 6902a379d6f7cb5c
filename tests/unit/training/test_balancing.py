"""Balancing: hand-made gradients, the papers' properties, what is refused, and exact resuming."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from resuming import CONFIG, Killed, assert_same, kill, train
from torch import nn
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.training.balancing.aggregators import WEIGHTINGS, Aggregated
from polytask.training.balancing.config import check_balancing
from polytask.training.balancing.famo import Famo
from polytask.training.balancing.gradnorm import GradNorm, gradnorm_loss, target_norms
from polytask.training.balancing.objective import BalancedObjective

CPU = torch.device("cpu")
NO_ROUTERS = SimpleNamespace(gates={})


class Tasks(nn.Module):
    """L_t = |x - c_t|^2 / 2 + h_t^2: at x = 0 and h = 1 the gradients are -c_t, and 2 by h_t."""

    def __init__(self, *centres):
        super().__init__()
        self.x = nn.Parameter(torch.zeros(len(centres[0])))
        self.heads = nn.ParameterList(nn.Parameter(torch.ones(())) for _ in centres)
        self.centres = torch.tensor(centres, dtype=torch.float32)

    def forward(self):
        pairs = zip(self.heads, self.centres, strict=True)
        return [((self.x - centre) ** 2).sum() / 2 + head**2 for head, centre in pairs]


def step(method, model, **options):
    """The loss, weights and gradients that an aggregator gives."""
    total, weights = Aggregated(method, **options)(model(), model)
    total.backward()
    return total, weights, model.x.grad


def test_pcgrad_takes_from_each_gradient_what_conflicts_with_the_other():
    model = Tasks((-1, 0), (1, -1))  # gradients (1, 0) and (-1, 1)
    total, weights, gradient = step("pcgrad", model)
    assert torch.allclose(gradient, torch.tensor([0.5, 1.5]))  # (0.5, 0.5) + (0, 1)
    assert torch.allclose(weights, torch.tensor([2.0, 1.5]))
    assert total.item() == pytest.approx(0.5 + 1 + 1 + 1)
    assert [head.grad.item() for head in model.heads] == [2, 2]  # none of its business


def test_upgrad_is_the_mean_of_the_projections():
    *_, gradient = step("upgrad", Tasks((-1, 0), (1, -1)))
    assert torch.allclose(gradient, torch.tensor([0.25, 0.75]), atol=1e-3)


def test_where_nothing_conflicts_pcgrad_is_the_sum_and_upgrad_the_mean():
    centres = (-1, -2), (-3, 1)
    assert torch.allclose(step("pcgrad", Tasks(*centres))[2], torch.tensor([4.0, 1.0]))
    assert torch.allclose(step("upgrad", Tasks(*centres))[2], torch.tensor([2.0, 0.5]), atol=1e-3)


def test_mgda_is_the_shortest_vector_between_the_gradients():
    *_, gradient = step("mgda", Tasks((-3, 0), (0, -1)), epsilon=1e-6)
    assert torch.allclose(gradient, torch.tensor([0.3, 0.9]), atol=1e-3)


@pytest.mark.parametrize("method", ["upgrad", "mgda", "imtl_g", "aligned_mtl", "fairgrad"])
def test_no_task_goes_up(method):
    draw = np.random.default_rng(0)
    for _ in range(3):
        gradients = draw.normal(size=(3, 6)) * [[1], [5], [30]]
        *_, gradient = step(method, Tasks(*(-gradients).tolist()))
        along = torch.tensor(gradients, dtype=torch.float32) @ gradient
        assert (along > -1e-2 * gradient.norm()).all()


def test_every_weighting_can_be_built_and_names_a_weight_a_task():
    for method in WEIGHTINGS:
        assert len(step(method, Tasks((-1, 0), (1, -1)))[1]) == 2


def test_gradnorms_targets_and_distance_by_hand():
    weights, norms = torch.tensor([1.0, 1.0]), torch.tensor([2.0, 4.0])
    assert gradnorm_loss(weights, norms, torch.tensor([0.7, 0.7]), 1.5).item() == pytest.approx(2)
    ratios = torch.tensor([0.9, 0.3])  # over their mean: 1.5 and 0.5
    assert target_norms(norms, ratios, 1.0).tolist() == pytest.approx([4.5, 1.5])
    assert gradnorm_loss(weights, norms, ratios, 1.0).item() == pytest.approx(2.5 + 2.5)


def test_gradnorm_raises_the_weight_of_the_slower_task_and_keeps_their_sum():
    model = Tasks((-1, 0), (0, -1))  # gradients of one length
    balancing = GradNorm(2, CPU, layer=lambda model: [model.x])
    total, first = balancing(model(), model)
    assert first.tolist() == [1, 1]
    assert total.item() == pytest.approx(3)
    with torch.no_grad():
        model.heads[0] *= 0.1  # the first loss falls, the second one does not
    for _ in range(3):
        _, weights = balancing(model(), model)
    assert weights[1] > weights[0] > 0
    assert weights.sum().item() == pytest.approx(2)
    assert model.x.grad is None


def test_gradnorm_evens_out_gradients_of_two_lengths():
    model = Tasks((-1, 0), (0, -9))
    balancing = GradNorm(2, CPU, lr=0.1, layer=lambda model: [model.x])
    for _ in range(60):
        _, weights = balancing(model(), model)
    assert (weights * torch.tensor([1.0, 9.0])).tolist() == pytest.approx([1.8, 1.8], abs=0.5)


def famo_reference(befores, afters, lr=0.025, weight_decay=1e-3):
    """The weights of each step, by the paper's formulas: Adam on the softmax's logits."""
    logits = torch.zeros(len(befores[0]))
    optimizer, used = torch.optim.Adam([logits], lr=lr, weight_decay=weight_decay), []
    for before, after in zip(torch.tensor(befores), torch.tensor(afters), strict=True):
        z = F.softmax(logits, 0)
        used.append(z / before / (z / before).sum())
        fall = before.log() - after.log()
        logits.grad = z * (fall - (z * fall).sum())
        optimizer.step()
    return torch.stack(used)


def test_famo_is_the_papers_update():
    befores = [[4.0, 1.0, 9.0], [3.0, 0.9, 9.1], [2.0, 0.8, 8.0], [1.0, 0.8, 7.0]]
    afters = [[3.0, 0.9, 9.2], [2.5, 0.9, 8.0], [1.0, 0.7, 8.0], [1.0, 0.8, 6.0]]
    famo, used = Famo(3, CPU), []
    for before, after in zip(befores, afters, strict=True):
        losses = [torch.tensor(loss, requires_grad=True) for loss in before]
        total, weights = famo(losses, nn.Identity())
        assert torch.allclose(torch.stack(torch.autograd.grad(total, losses)), weights)
        famo.after_step(lambda after=after: list(map(torch.tensor, after)))
        used.append(weights)
    assert torch.allclose(torch.stack(used), famo_reference(befores, afters), atol=1e-5)
    assert torch.allclose(torch.stack(used).sum(dim=1), torch.ones(4))


class Objective(BalancedObjective):
    """Two losses of a model with dropout and running statistics."""

    def __init__(self, balancing, at=None):
        super().__init__({"near": 1.0, "far": 3.0}, None, balancing=balancing)
        self.at, self.calls = at, 0

    def __call__(self, model, batch):
        if self.calls == self.at:
            kill(model)
        self.calls += 1
        return super().__call__(model, batch)

    def losses_of(self, model, batch):
        found = model(batch["image"])
        per_task = {"near": (found**2).mean(), "far": (found - 2).abs().mean()}
        return NO_ROUTERS, sum(self._weighted(per_task)), per_task


def images(first_step):
    for number in range(first_step, CONFIG.steps):
        draw = torch.Generator().manual_seed(number)
        yield {"image": torch.randn(4, 2, 8, 8, generator=draw)}


METHODS = {
    "famo": lambda: Famo(2, CPU),
    "gradnorm": lambda: GradNorm(2, CPU, layer=lambda model: [model.convolution.weight]),
    "pcgrad": lambda: Aggregated("pcgrad"),
}


@pytest.mark.parametrize("method", METHODS)
def test_an_interrupted_training_ends_the_same(tmp_path, method):
    torch.set_num_threads(1)
    expected = train(tmp_path / "whole", Objective(METHODS[method]()), batches=images)
    header = (tmp_path / "whole/curves.csv").read_text().splitlines()[0]
    assert "near,far,weight_near,weight_far" in header
    for at in (1, 5):
        with pytest.raises(Killed):
            train(tmp_path / str(at), Objective(METHODS[method](), at), batches=images)
        again = train(tmp_path / str(at), Objective(METHODS[method]()), batches=images)
        assert_same(again, expected)


def test_a_second_look_at_a_batch_sees_the_same_and_leaves_no_trace():
    from resuming import Model

    model, objective = Model().train(), Objective(Famo(2, CPU))
    batch = next(images(0))
    parts = objective(model, batch)
    state, numbers = {k: v.clone() for k, v in model.state_dict().items()}, torch.get_rng_state()
    found = []
    objective.balancing.after_step = lambda losses_again: found.extend(losses_again())
    objective.after_step(model, batch)
    assert torch.allclose(torch.stack(found), torch.stack([parts["near"], 3 * parts["far"]]))
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), numbers)


@pytest.mark.parametrize(
    ("method", "options", "change", "message"),
    [
        ("famo", {"alpha": 1.0}, {}, r"m\.options: famo has no option `alpha`; known: lr, weight"),
        ("pcgrad", {"lr": 1.0}, {}, "pcgrad has no option `lr`; it has none"),
        ("famo", {}, {"fit": {"batch_size": 8, "images_at_once": 4}}, "losses of a whole batch"),
        ("mgda", {}, {"frozen": True}, r"`frozen` trains none.*\{method: fixed\}"),
        ("gradnorm", {}, {"runtime": {"precision": "fp16"}}, "set precision: bf16 or fp32"),
        ("upgrad", {}, {"runtime": {"compile": "default"}}, "set runtime.compile: false"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(method, options, change, message):
    free = {"frozen": False, "fit": {"batch_size": 8, "images_at_once": 8}, "runtime": {}}
    check_balancing("m", {"method": method}, **free)
    check_balancing("m", {"method": "fixed"}, **free | change)
    with pytest.raises(UserError, match=message) as error:
        check_balancing("m", {"method": method, "options": options}, **free | change)
    assert "\n" not in str(error.value)
