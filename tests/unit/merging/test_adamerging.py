"""AdaMerging: coefficients per block and task that a loss can train, and nothing else."""

import pytest
import torch
from torch import nn
from torch.func import functional_call

from polytask.errors import UserError
from polytask.merging.adamerging import AdaMerging
from polytask.merging.task_arithmetic import task_arithmetic

TASKS = ("semseg", "depth")


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embed = nn.Linear(3, 4)
        self.blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))

    def forward(self, x):
        x = self.patch_embed(x)
        for block in self.blocks:
            x = block(x).tanh()
        return x


def encoder(seed):
    torch.manual_seed(seed)
    return Encoder()


@pytest.fixture
def base():
    return encoder(0).state_dict()


@pytest.fixture
def models():
    return {task: encoder(seed).state_dict() for seed, task in enumerate(TASKS, 1)}


def with_coefficients(base, models, values):
    merging = AdaMerging(base, models)
    with torch.no_grad():
        merging.coefficients.copy_(torch.tensor(values))
    return merging


def test_at_the_start_it_is_task_arithmetic(base, models):
    merged = AdaMerging(base, models).merged()
    expected = task_arithmetic(base, list(models.values()), 0.3)
    assert merged.keys() == expected.keys()
    for key in merged:
        torch.testing.assert_close(merged[key], expected[key], rtol=0, atol=1e-6)


def test_every_group_takes_its_own_share_of_each_task(base, models):
    values = [[0.0, 1.0], [1.0, 0.0], [0.5, 0.25]]
    merged = with_coefficients(base, models, values).merged()
    one, other = models["semseg"], models["depth"]
    torch.testing.assert_close(merged["patch_embed.weight"], other["patch_embed.weight"])
    torch.testing.assert_close(merged["blocks.0.bias"], one["blocks.0.bias"])
    key = "blocks.1.weight"
    mixed = base[key] + 0.5 * (one[key] - base[key]) + 0.25 * (other[key] - base[key])
    torch.testing.assert_close(merged[key], mixed)


def test_coefficients_are_used_within_zero_and_one(base, models):
    values = [[-0.5, 0.2], [1.5, 0.5], [0.3, 0.9]]
    merging = with_coefficients(base, models, values)
    assert merging.table() == {
        "embedding": {"semseg": 0.0, "depth": pytest.approx(0.2)},
        "blocks.0": {"semseg": 1.0, "depth": 0.5},
        "blocks.1": {"semseg": pytest.approx(0.3), "depth": pytest.approx(0.9)},
    }
    sum(value.sum() for value in merging.merged().values()).backward()
    assert (merging.coefficients.grad == 0).tolist() == [[True, False], [True, False], [False] * 2]


def test_blocks_are_in_the_order_of_their_depth():
    base = {f"vit.blocks.{n}.weight": torch.ones(1) for n in (10, 2, 0)}
    assert list(AdaMerging(base, {"depth": base}).table()) == ["blocks.0", "blocks.2", "blocks.10"]


def test_the_gradient_is_that_of_the_merged_weights_along_each_task_vector(base, models):
    merging, images = AdaMerging(base, models), torch.randn(5, 3)
    functional_call(encoder(0), merging.merged(), (images,)).square().sum().backward()
    plain = encoder(0)
    plain.load_state_dict(merging.merged())
    plain(images).square().sum().backward()
    gradients = {key: parameter.grad for key, parameter in plain.named_parameters()}
    for row, group in enumerate(("patch_embed", "blocks.0", "blocks.1")):
        for column, model in enumerate(models.values()):
            keys = [key for key in base if key.startswith(group)]
            slope = sum((gradients[key] * (model[key] - base[key])).sum() for key in keys)
            torch.testing.assert_close(merging.coefficients.grad[row, column], slope)


def test_a_loss_finds_the_coefficients_that_made_its_targets(base, models):
    values = [[0.1, 0.9], [0.7, 0.2], [0.4, 0.6]]
    images = torch.randn(64, 3, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        targets = functional_call(
            encoder(0), with_coefficients(base, models, values).merged(), (images,)
        )
    merging, model = AdaMerging(base, models), encoder(0)
    optimizer = torch.optim.LBFGS(merging.parameters(), max_iter=100, tolerance_grad=1e-9)

    def loss():
        optimizer.zero_grad()
        outputs = functional_call(model, merging.merged(), (images,))
        distance = (outputs - targets).square().mean()
        distance.backward()
        return distance

    optimizer.step(loss)
    torch.testing.assert_close(merging.clamped(), torch.tensor(values), rtol=0, atol=1e-3)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_only_coefficients_train_and_are_saved(base, models):
    given = {task: {k: nn.Parameter(v) for k, v in state.items()} for task, state in models.items()}
    merging = AdaMerging({key: nn.Parameter(value) for key, value in base.items()}, given)
    sum(value.sum() for value in merging.merged().values()).backward()
    assert all(value.grad is None for state in given.values() for value in state.values())
    assert [name for name, _ in merging.named_parameters()] == ["coefficients"]
    assert list(merging.state_dict()) == ["coefficients"]
    other = AdaMerging(base, models)
    other.load_state_dict(with_coefficients(base, models, [[0.1, 0.2]] * 3).state_dict())
    assert other.table()["blocks.1"]["depth"] == pytest.approx(0.2)


def test_it_holds_weights_of_its_own(base, models):
    merging = AdaMerging(base, models)
    before = {key: value.clone() for key, value in merging.merged().items()}
    for value in base.values():
        value.zero_()
    assert all(torch.equal(value, before[key]) for key, value in merging.merged().items())


def test_weights_keep_their_type_also_under_autocast(base, models):
    half = {key: value.bfloat16() for key, value in base.items()}
    assert {v.dtype for v in AdaMerging(half, models).merged().values()} == {torch.bfloat16}
    merging = AdaMerging(base, models)
    with torch.autocast("cpu", torch.bfloat16):
        merged = merging.merged()
    assert all(torch.equal(value, merged[key]) for key, value in merging.merged().items())


def test_models_that_are_not_alike_are_refused(base, models):
    del models["depth"]["blocks.0.bias"]
    with pytest.raises(UserError, match=r"blocks\.0\.bias: not in model 2"):
        AdaMerging(base, models)
