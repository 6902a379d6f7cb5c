"""FLOPs against multiply-adds counted by hand, and what a forward pass keeps."""

from pathlib import Path

import pytest
import torch
import yaml
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from polytask.models.multitask import build_model, build_student
from polytask.price.costs import Costs
from polytask.price.counting import FusedAttention, forward_count, on_meta, training_count
from polytask.price.meter import FlopMeter
from polytask.price.trained import everything

ROOT = Path(__file__).parents[3]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
PRESET = yaml.safe_load((ROOT / "presets/sak_nyud.yaml").read_text())
STUDENT = {
    "model": "vit_tiny_patch16_224",
    "model_args": {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
    "image_size": [32, 48],
    "levels": [0, 1],
    "biases": "none",
}


def vit_flops(height: int, width: int, patch: int, dim: int, depth: int) -> int:
    """Two per multiply-add: patch embedding, then q k v, scores, sums, projection, MLP (4 x)."""
    patches = (height // patch) * (width // patch)
    tokens = patches + 1
    embedding = patches * dim * 3 * patch**2
    dense = tokens * dim * (3 * dim + dim + 4 * dim + 4 * dim)
    attention = 2 * tokens * tokens * dim
    return 2 * (embedding + depth * (dense + attention))


def test_a_vits_forward_pass_is_what_its_multiply_adds_say():
    student = on_meta(lambda: build_student({"student": STUDENT, "teacher_dims": {}}))
    count = forward_count(lambda: student(torch.empty(1, 3, 32, 48)))
    assert count.flops == vit_flops(32, 48, patch=8, dim=32, depth=2)


def test_the_meter_says_what_torchs_own_counter_says():
    description = {"student": {**STUDENT, "biases": "adapter_paths"}, "teacher_dims": {"a": 16}}
    description |= {"fusion": "mixture", "tasks": {"semseg": 5, "depth": 1}}
    model = on_meta(lambda: build_model(description))

    def run() -> list[torch.Tensor]:
        outputs = model(torch.empty(1, 3, 32, 48, device="meta"))
        return [*outputs.predictions.values(), *outputs.representations.aligned["a"]]

    with FusedAttention(), FlopCounterMode(display=False) as counter:
        sum(each.sum() for each in run()).backward()
    assert training_count(model, run).flops == counter.get_total_flops()


def test_shapes_that_are_known_without_torch_are_those_of_torch():
    x = torch.empty(2, 1, 6, device="meta", requires_grad=True)
    weight = torch.empty(4, 6, device="meta")

    def results() -> list[torch.Size]:
        x.grad = None
        norm = torch.nn.functional.layer_norm(x, (6,), torch.empty(6, device="meta"))
        wide = torch.nn.functional.gelu(norm * torch.empty(3, 1, device="meta")) + 1.0
        out = nn.functional.linear(wide, weight, torch.empty(4, device="meta"))
        out.sum().backward()
        return [norm.shape, wide.shape, out.shape, x.grad.shape]

    expected = results()
    with FlopMeter():
        assert results() == expected


def test_a_backward_pass_makes_a_product_for_the_weights_and_one_for_the_inputs():
    module = on_meta(lambda: nn.Sequential(nn.Linear(6, 10), nn.Linear(10, 7)))
    first, second = 2 * 5 * 6 * 10, 2 * 5 * 10 * 7
    forward = forward_count(lambda: module(torch.empty(5, 6)))
    assert forward.flops == first + second
    step = training_count(module, lambda: [module(torch.empty(5, 6))])
    assert step.forward_flops == forward.flops
    assert step.flops == forward.flops + first + 2 * second  # nobody needs the image's gradient


def test_what_is_frozen_below_the_trained_part_has_no_backward_pass():
    module = on_meta(lambda: nn.Sequential(nn.Linear(6, 10), nn.Linear(10, 7)))
    module[0].requires_grad_(False)
    step = training_count(module, lambda: [module(torch.empty(5, 6))])
    assert step.flops == 2 * 5 * 6 * 10 + 2 * (2 * 5 * 10 * 7)


def test_inputs_of_layers_are_kept_once_and_weights_are_not_counted():
    module = on_meta(lambda: nn.Sequential(nn.Linear(6, 10), nn.GELU()))
    step = training_count(module, lambda: [module(torch.empty(5, 6))])
    assert step.kept_bytes == 4 * (5 * 6 + 5 * 10)


def test_attention_keeps_no_matrix_of_tokens_by_tokens():
    def kept(side: int) -> int:
        student = {**STUDENT, "image_size": [side, side]}
        count = Costs().distillation({"student": student, "teacher_dims": {"a": 16}}).count
        return count.kept_bytes

    assert kept(256) / kept(128) < 4.2  # four times the tokens


def test_attention_without_a_dimension_for_images_is_counted_as_well():
    heads, tokens, width = 3, 20, 8

    def attend() -> torch.Tensor:
        q, k, v = (torch.empty(heads, tokens, width) for _ in range(3))
        bias = torch.empty(heads, tokens, tokens)
        outputs = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        assert outputs.shape == (heads, tokens, width)
        return outputs

    assert forward_count(attend).flops == 2 * 2 * heads * tokens * tokens * width


def test_other_functions_pass_as_they_are():
    with FusedAttention():
        assert torch.equal(nn.functional.relu(torch.tensor([-1.0, 2.0])), torch.tensor([0.0, 2.0]))


@pytest.mark.parametrize(
    ("teacher", "giga"), [("dinov2_base", 144), ("clip_laion_base", 111), ("sam_base", 966)]
)
def test_the_papers_teachers_cost_what_the_official_configuration_does(teacher, giga):
    """GFLOP per image of stage 1, 384 x 384 pixels, as counted with the official code."""
    count = Costs().teacher(PARAMS["teachers"][teacher], (384, 384)).count
    assert count.flops / 1e9 == pytest.approx(giga, rel=0.02)


OFFICIAL = {
    "student": {**PRESET["student"], "biases": "adapter_paths"},
    "teacher_dims": {"dinov2": 768, "clip": 768, "sam": 768},
}


def test_the_papers_student_costs_what_the_official_configuration_does_in_stage_1():
    """372 GFLOP per image forwards and backwards, with attention that stores its matrix."""
    count = Costs().distillation(OFFICIAL).count
    assert count.flops / 1e9 == pytest.approx(372, rel=0.02)


def test_and_in_stage_2():
    """3378 GFLOP per image of PASCAL-Context: 512 x 512 pixels, five tasks, distilled."""
    tasks = {"semseg": 21, "human_parts": 7, "sal": 2, "edge": 1, "normals": 3}
    student = {**OFFICIAL["student"], "image_size": [512, 512]}
    model = {**OFFICIAL, "student": student, "fusion": "mixture", "tasks": tasks}
    count = Costs().training(model, everything, distilled=True).count
    assert count.flops / 1e9 == pytest.approx(3378, rel=0.02)
