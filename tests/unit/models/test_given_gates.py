"""Gates by hand: the routers' own change nothing, a gate of one is that expert alone."""

import pytest
import torch

from polytask.errors import UserError
from polytask.models.given_gates import experts_of, predict_given, summing_to_one
from polytask.models.heads import predict_at
from polytask.models.multitask import build_model

SIZE = (32, 32)


@pytest.fixture
def model(config):
    return build_model(config).eval()


@pytest.mark.parametrize("task", ["semseg", "edge"])
def test_the_routers_own_gates_give_the_very_same_prediction(model, images, task):
    outputs = model(images)
    again = predict_given(model, outputs.representations, task, outputs.gates[task], SIZE)
    assert torch.equal(again, outputs.predictions[task])


def test_they_do_through_a_decoder_that_tasks_share(config, images):
    sizes = {
        "width": 8, "ranks": [2, 3], "task_rank": 2, "top_k": 1, "renormalise": False,
        "num_modules": 1, "positions": [2, 2],
    }  # fmt: skip
    model = build_model({**config, "head": "mlore", "mlore": sizes}).eval()
    outputs = model(images)
    again = predict_given(model, outputs.representations, "edge", outputs.gates["edge"], SIZE)
    assert torch.equal(again, outputs.predictions["edge"])


@pytest.mark.parametrize(("expert", "name"), [(0, "stem"), (1, "semantic"), (2, "boundary")])
def test_a_gate_of_one_is_that_expert_alone(model, images, expert, name):
    seen = model(images).representations
    alone = seen.stem if name == "stem" else seen.experts[name]
    gates = torch.zeros(2, 4, 3)
    gates[..., expert] = 1
    expected = predict_at(model.heads["edge"], alone, SIZE, model.student.padded_to)
    found = predict_given(model, seen, "edge", gates, SIZE)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_levels_are_mixed_each_by_its_own_gates(model, images):
    seen = model(images).representations
    only_first = torch.zeros(2, 4, 3)
    only_first[..., 0] = 1
    last_changed = only_first.clone()
    last_changed[:, 3] = torch.tensor([0.0, 0.0, 1.0])
    one, other = (predict_given(model, seen, "edge", g, SIZE) for g in (only_first, last_changed))
    levels = [*seen.stem[:3], seen.experts["boundary"][3]]
    expected = predict_at(model.heads["edge"], levels, SIZE, model.student.padded_to)
    assert not torch.equal(one, other)
    torch.testing.assert_close(other, expected, rtol=0, atol=1e-6)


def test_neither_student_nor_routers_run_again(model, images):
    outputs = model(images)
    model.student.forward = model.fusion.forward = None
    predict_given(model, outputs.representations, "edge", outputs.gates["edge"], SIZE)


def test_weights_come_out_summing_to_one_in_the_same_proportions():
    weights = torch.tensor([[1.0, 3.0, 0.0], [0.2, 0.2, 0.4]])
    gates = summing_to_one(weights)
    torch.testing.assert_close(gates.sum(-1), torch.ones(2))
    torch.testing.assert_close(gates[0], torch.tensor([0.25, 0.75, 0.0]))
    torch.testing.assert_close(summing_to_one(gates), gates)


@pytest.mark.parametrize("bad", [[[0.0, 0.0]], [[1.0, -0.1]], [[1.0, float("nan")]]])
def test_weights_that_are_no_gates_are_refused_in_one_line(bad):
    with pytest.raises(UserError, match="weight"):
        summing_to_one(torch.tensor(bad))


def test_a_model_without_routers_is_refused(config, images):
    model = build_model({**config, "fusion": "sum"}).eval()
    assert experts_of(model) == ()
    with pytest.raises(UserError, match="no routers"):
        predict_given(model, model(images).representations, "edge", torch.ones(2, 4, 3) / 3, SIZE)


def test_gates_of_another_shape_are_refused(model, images):
    with pytest.raises(UserError, match=r"\(4, 3\)"):
        predict_given(model, model(images).representations, "edge", torch.ones(2, 4, 2) / 2, SIZE)


def test_experts_are_the_stem_and_the_teachers_in_order(model):
    assert experts_of(model) == ("stem", "semantic", "boundary")
