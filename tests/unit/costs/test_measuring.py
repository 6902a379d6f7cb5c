"""What a model costs is counted and measured, and equals what a pencil says where that is easy."""

import json

import pytest
import torch
from small_models import STUDENT, config
from torch import nn
from torch.nn import functional as F

from polytask.costs.flops import count_flops
from polytask.costs.latency import latencies, one_thread
from polytask.costs.measuring import Case, as_data, measure
from polytask.costs.memory import peak_bytes, weight_bytes
from polytask.costs.together import Together, teachers_under_heads
from polytask.errors import UserError
from polytask.models.multitask import build_model
from polytask.price.costs import Costs
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.training.runtime import Runtime

CPU = torch.device("cpu")
SIZE = (32, 32)
RUNTIME = Runtime(CPU, None)


def two_layers() -> nn.Module:
    return nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 8)).eval()


def teacher(dim: int = 32, patch: int = 8, levels: tuple[int, ...] = (0, 1)) -> FrozenTeacher:
    args = {"img_size": 32, "patch_size": patch, "embed_dim": dim, "depth": 2, "num_heads": 2}
    model = "vit_tiny_patch16_224"
    return FrozenTeacher(
        TeacherConfig(model=model, model_args=args, levels=levels, weights="random")
    )


@pytest.fixture
def described() -> dict:
    student = {**STUDENT, "biases": "adapter_paths"}
    teachers = {"near": 32, "wide": 48}
    return {
        **config("semseg", "depth"), "student": student, "teacher_dims": teachers,
        "fusion": "mixture",
    }  # fmt: skip


@pytest.fixture
def sak(described):
    return build_model(described).eval()


def test_flops_are_two_per_weight_and_row():
    images = torch.rand(1, 3, 32, 32)
    model = two_layers()
    assert count_flops(lambda: model(images)) == 2 * 3 * 32 * (32 * 64 + 64 * 8)


def test_a_convolution_counts_every_output_pixel():
    images, model = torch.rand(1, 3, 32, 32), nn.Conv2d(3, 4, 3, stride=2, padding=1)
    assert count_flops(lambda: model(images)) == 2 * 16 * 16 * 4 * 3 * 9


def test_fused_attention_counts_as_two_products():
    q = torch.rand(1, 2, 7, 5)
    assert count_flops(lambda: F.scaled_dot_product_attention(q, q, q)) == 2 * (2 * 2 * 7 * 7 * 5)


@torch.no_grad()
def test_a_model_counts_as_a_plan_counts_it_without_numbers(sak, described):
    images = torch.rand(1, 3, *SIZE)
    assert count_flops(lambda: sak(images)) == Costs().model(described).count.flops


def test_peak_memory_is_weights_and_what_lives_at_once():
    model, images = two_layers(), torch.rand(1, 3, 32, 32)
    rows, weights = 3 * 32, 32 * 64 + 64 + 64 * 8 + 8
    assert weight_bytes(model) == 4 * weights
    with torch.no_grad():  # the first layer's output lives until the ReLU's is there
        assert peak_bytes(model, lambda: model(images), CPU) == 4 * (weights + 2 * rows * 64)


def test_shared_weights_count_once():
    layer = nn.Linear(4, 4)
    assert weight_bytes(Together({"one": layer, "two": layer})) == 4 * 20


def test_one_thread_computes_and_all_do_afterwards():
    before = torch.get_num_threads()
    seen = []
    found = latencies({"call": lambda: seen.append(torch.get_num_threads())}, CPU, turns=4)
    assert set(seen) == {1} and len(seen) > 4 and torch.get_num_threads() == before
    assert found["call"][0] >= 0 and found["call"][1] >= 0
    with pytest.raises(ZeroDivisionError), one_thread():
        _ = 1 / 0
    assert torch.get_num_threads() == before


def test_models_together_cost_their_sum(sak):
    teachers = {"near": teacher(), "wide": teacher(48, 16)}
    models = {**teachers, "all": Together(teachers).eval()}
    cases = {name: Case(title=name, model=each, image_size=SIZE) for name, each in models.items()}
    costs = {cost.name: cost for cost in measure(cases, RUNTIME, turns=2)}
    for number in ("flops", "parameters"):
        parts = [getattr(costs[name], number) for name in teachers]
        assert getattr(costs["all"], number) == sum(parts) > 0
    assert costs["all"].memory_mb > 4e-6 * costs["all"].parameters


@torch.no_grad()
def test_teachers_take_the_students_place(sak):
    images = torch.rand(2, 3, 40, 48)
    teachers = {"near": teacher(), "wide": teacher(48, 16), "third": teacher()}
    model = teachers_under_heads(teachers, sak)
    outputs = model(images)
    assert {task: each.shape for task, each in outputs.predictions.items()} == {
        task: each.shape for task, each in sak(images).predictions.items()
    }
    assert outputs.gates["depth"].shape == (2, 2, 3)  # no stem: a weight per teacher
    assert [tuple(level.shape) for level in outputs.representations.stem] == [(2, 32, 5, 6)] * 2


@torch.no_grad()
def test_one_teacher_has_no_router(sak):
    assert teachers_under_heads({"near": teacher()}, sak)(torch.rand(1, 3, *SIZE)).gates == {}


def test_teachers_need_a_map_per_level(sak):
    with pytest.raises(UserError, match=r"teachers\.near\.levels: 1 of them; .* take 2"):
        teachers_under_heads({"near": teacher(levels=(1,))}, sak)


def test_a_row_says_all_that_was_measured():
    cases = {"two": Case(title="Two layers", model=two_layers(), image_size=SIZE)}
    data = json.loads(json.dumps(as_data(measure(cases, RUNTIME, turns=2), RUNTIME, turns=2)))
    (row,) = data.pop("rows")
    assert data == {
        "device": "CPU", "precision": "float32", "threads": 1, "batch_size": 1, "turns": 2,
    }  # fmt: skip
    assert list(row) == [
        "name", "title", "image_size", "parameters", "flops", "latency_ms", "latency_sd_ms",
        "memory_mb",
    ]  # fmt: skip
    assert (row["name"], row["title"], row["image_size"]) == ("two", "Two layers", [32, 32])
    assert row["parameters"] == 32 * 64 + 64 + 64 * 8 + 8
