"""Memory order, compilation and half precision: the same weights by name, exact resume."""

import logging
from copy import deepcopy

import pytest
import torch
from resuming import Objective, assert_same, terminate
from resuming import train as resumable
from sharing import train
from torch import nn

from polytask.across_processes import MicroBatch
from polytask.models.norms import WholeBatchNorm2d
from polytask.models.routers import MixtureOfRepresentations
from polytask.training.acceleration import accelerate
from polytask.training.checkpoints import Checkpoints
from polytask.training.micro_batches import SameDraws
from polytask.training.runtime import Runtime

CPU = torch.device("cpu")


def test_channels_last_trains_the_same_but_for_rounding():
    found, expected = train(runtime={"channels_last": True}), train()
    assert found["weights"].keys() == expected["weights"].keys()
    for (_, ours), (_, theirs) in zip(found["rows"], expected["rows"], strict=True):
        assert all(
            ours[key] == pytest.approx(theirs[key], rel=1e-5)
            for key in theirs.keys() - {"steps_per_second"}
        )


def test_channels_last_lays_out_weights_and_images_and_nothing_else():
    runtime, model = Runtime(CPU, None, channels_last=True), nn.Conv2d(3, 4, 3)
    accelerate(model, runtime)
    assert model.weight.is_contiguous(memory_format=torch.channels_last)
    sent = runtime.send({"image": torch.rand(2, 3, 4, 5), "edge": torch.rand(2, 3, 4, 5)})
    assert sent["image"].is_contiguous(memory_format=torch.channels_last)
    assert sent["edge"].is_contiguous()


class Graphs:
    """A backend of torch.compile that compiles nothing, and counts."""

    def __init__(self):
        self.count = 0

    def __call__(self, graph, _inputs):
        self.count += 1
        return graph.forward


def test_a_compiled_model_keeps_its_names_and_its_outputs():
    graphs = Graphs()
    model = nn.Sequential(nn.Conv2d(3, 4, 3), WholeBatchNorm2d(4))
    plain = deepcopy(model)
    accelerate(model, Runtime(CPU, None, compile="default"), backend=graphs)
    images = torch.rand(2, 3, 8, 8)
    assert torch.equal(model(images), plain(images))
    assert graphs.count == 1
    assert model.state_dict().keys() == plain.state_dict().keys()
    assert type(model) is type(plain)


def test_a_compiled_router_draws_the_same_noise_and_is_compiled_once_for_all_micro_batches():
    graphs, router = Graphs(), MixtureOfRepresentations(4, 3)
    plain = deepcopy(router)
    accelerate(router, Runtime(CPU, None, compile="default"), backend=graphs)
    maps, counts, found = torch.rand(2, 4, 3, 3), [], []
    for model in (router, plain):
        torch.manual_seed(0)
        draws = SameDraws(CPU)
        for index in range(4):
            with draws.of(MicroBatch(index, 4)):
                found.append(model(maps))
            counts.append(graphs.count)
    assert all(map(torch.equal, found[:4], found[4:]))
    assert not torch.equal(found[0], found[1])
    assert set(counts) == {counts[0]} and counts[0] > 0


def test_without_a_compiler_one_line_says_that_nothing_is_compiled(monkeypatch, caplog):
    monkeypatch.setenv("CXX", "no-such-compiler")
    model = nn.Linear(2, 2)
    with caplog.at_level(logging.WARNING):
        accelerate(model, Runtime(CPU, None, compile="default"))
    assert [record.message for record in caplog.records] == [
        "runtime.compile: there is no C++ compiler here; training is not compiled"
    ]
    assert model._compiled_call_impl is None


def test_fp16_skips_an_overflow_and_its_halved_scale_comes_back(tmp_path):
    half = Runtime(CPU, torch.float16)
    expected = resumable(tmp_path / "whole", runtime=half)
    with pytest.raises(SystemExit):
        resumable(tmp_path / "cut", Objective(4, terminate), runtime=half)
    state = Checkpoints(tmp_path / "cut/checkpoints", "abcdef0123").load()
    assert state["scaler"]["scale"] < 65536.0
    assert_same(resumable(tmp_path / "cut", runtime=half), expected)
