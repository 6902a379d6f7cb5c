from itertools import pairwise

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.losses.distillation import distillation_loss
from polytask.models.files import initialise_stem, load_model, load_student, save_model
from polytask.models.multitask import build_model, build_student, create_student
from polytask.models.sak import StudentConfig
from polytask.models.swin.path import Carry, StagedAdapterPath
from polytask.models.swin.student import StagedStudent
from polytask.training.balancing.gradnorm import last_shared_layer

DIMS = {"semantic": 32, "boundary": 48}
SIZES = {
    "width": 8, "ranks": [2, 3], "task_rank": 2, "top_k": 1, "renormalise": True,
    "num_modules": 1, "positions": [2, 2],
}  # fmt: skip


@pytest.fixture
def student_values() -> dict:
    args = {
        "patch_size": 4, "embed_dim": 16, "depths": (1, 2, 1), "num_heads": (1, 2, 4),
        "window_size": 3,
    }  # fmt: skip
    return {
        "model": "swin_tiny_patch4_window7_224", "model_args": args, "image_size": [32, 32],
        "levels": [0, 1, 2],
    }  # fmt: skip


@pytest.fixture
def student(student_values) -> StagedStudent:
    return make(student_values)


def make(student_values, dims=None, **changes) -> StagedStudent:
    built = StudentConfig(**student_values | changes)
    return create_student(built, DIMS if dims is None else dims).eval()


@pytest.mark.parametrize("size", [(32, 32), (40, 24), (33, 47)])
def test_each_level_has_the_width_and_grid_of_its_stage(student, size):
    result = student(torch.rand(2, 3, *size))
    whole = [-(-side // 16) for side in size]
    shapes = [(2, 16 * 2**i, *(side * 2 ** (2 - i) for side in whole)) for i in range(3)]
    assert student.map_dims == (16, 32, 64) and student.padded_to == (16, 16)
    assert [tuple(level.shape) for level in result.stem] == shapes
    for name, width in DIMS.items():
        assert [tuple(level.shape) for level in result.experts[name]] == shapes
        aligned = [(b, width, h, w) for b, _, h, w in shapes]
        assert [tuple(level.shape) for level in result.aligned[name]] == aligned


def test_the_stem_is_timms_swin(student, images):
    normalised = (images - student.mean) / student.std
    expected = student.vit.forward_intermediates(normalised, intermediates_only=True)
    for level, other in zip(student(images).stem, expected, strict=True):
        torch.testing.assert_close(level, other)


def test_every_block_and_the_embedding_have_an_adapter(student, images):
    assert [len(stage) for stage in student.encode(images)] == student.stage_lengths == [2, 2, 1]
    assert [len(stage) for stage in student.tsap["semantic"].stages] == [2, 2, 1]


def test_with_scale_zero_a_path_is_the_running_sum_carried_over(student, images):
    path = student.tsap["semantic"]
    for name, parameter in path.named_parameters():
        if name.endswith("scale"):
            torch.nn.init.zeros_(parameter)
    stages, expected = student.encode(images), []
    for index, tokens in enumerate(stages):
        before = path.carries[index - 1](expected[-1]) if expected else 0
        expected.append(sum(tokens, start=before))
    for found, wanted in zip(path(stages), expected, strict=True):
        torch.testing.assert_close(found, wanted)


def test_a_carry_halves_the_grid_and_starts_without_changing_lengths():
    carry, token = Carry(8, 16), torch.randn(8)
    carried = carry(token.expand(2, 4, 6, 8))
    assert carried.shape == (2, 2, 3, 16)
    torch.testing.assert_close(carried.norm(dim=-1), token.norm().expand(2, 2, 3))


def test_a_path_refuses_another_number_of_stages_or_blocks():
    path = StagedAdapterPath([8, 16], [2, 1])
    stages = [[torch.zeros(1, 4, 4, 8)] * 2, [torch.zeros(1, 2, 2, 16)]]
    assert [end.shape[-1] for end in path(stages)] == [8, 16]
    for wrong in (stages[:1], [stages[0][:1], stages[1]]):
        with pytest.raises(ValueError, match="zip"):
            path(wrong)


def test_experts_are_normalised_ends_of_stages(student, images):
    ends = student.tsap["boundary"](student.encode(images))
    for found, end in zip(student(images).experts["boundary"], ends, strict=True):
        expected = F.layer_norm(end, end.shape[-1:]).permute(0, 3, 1, 2)
        torch.testing.assert_close(found, expected)


def test_auto_aligns_each_level_of_another_width(student_values, student):
    assert set(student.ts_aligners) == {"0_semantic", "2_semantic"} | {
        f"{i}_boundary" for i in range(3)
    }
    always = make(student_values, aligners="always")
    assert set(always.ts_aligners) == {f"{i}_{t}" for i in range(3) for t in DIMS}


def test_every_weight_learns_from_its_own_teacher_only(student, images):
    sum(x.square().sum() for x in student(images).aligned["boundary"]).backward()
    assert all(p.grad is not None for p in student.tsap["boundary"].parameters())
    assert all(p.grad is None for p in student.tsap["semantic"].parameters())
    assert all(p.grad is not None for p in student.vit.parameters())


def test_a_step_of_distillation_moves_every_weight_towards_the_teachers(student, images):
    targets = {name: [torch.randn(2, dim, 5, 5)] * 3 for name, dim in DIMS.items()}
    optimizer = torch.optim.SGD(student.parameters(), lr=0.05)
    before, _ = distillation_loss(student.train()(images).aligned, targets, 0.9, 0.1)
    before.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in student.parameters())
    optimizer.step()
    after, _ = distillation_loss(student(images).aligned, targets, 0.9, 0.1)
    assert after < before


def test_without_biases_only_linear_aligners_lie_on_the_stem(student_values, images):
    student = make(student_values, biases="none")
    result = student(images)
    assert not result.experts and not len(student.tsap) and not len(student.out_norms)
    for level, aligned in zip(result.stem, result.aligned["semantic"], strict=True):
        assert aligned.shape == (2, 32, *level.shape[2:])


def test_without_teachers_it_is_a_plain_swin(student_values, images):
    student = make(student_values, dims={})
    assert all(key.startswith("vit.") for key in student.state_dict())
    assert not student(images).aligned


@pytest.mark.parametrize("head", ["conv", "mlore"])
@pytest.mark.parametrize("fusion", ["mixture", "sum", "stem"])
def test_fusions_and_heads_take_levels_of_several_widths_and_sizes(
    config, student_values, images, fusion, head
):
    described = config | {"student": student_values, "fusion": fusion, "head": head, "mlore": SIZES}
    model = build_model(described).train()
    outputs = model(images[..., :25, :31])
    assert all(p.shape[-2:] == (25, 31) for p in outputs.predictions.values())
    assert bool(outputs.gates) == (fusion == "mixture")
    sum(x.square().mean() for x in outputs.predictions.values()).backward()
    parts = (model.student.vit, model.fusion, model.decoder, model.heads)
    assert all(p.grad is not None for part in parts for p in part.parameters())


def test_a_saved_student_and_a_saved_model_say_the_same(config, student_values, images, tmp_path):
    described = config | {"student": {**student_values, "aligners": "always"}}
    bare = {"format": "polytask.student/1", "student": student_values, "teacher_dims": DIMS}
    model, student = build_model(described).eval(), build_student(bare).eval()
    save_model(tmp_path / "model.safetensors", model, described)
    save_model(tmp_path / "student.safetensors", student, bare)
    again = load_model(tmp_path / "model.safetensors")[0](images).predictions["edge"]
    assert torch.equal(model(images).predictions["edge"], again)
    read = load_student(tmp_path / "student.safetensors")[0]
    assert torch.equal(student(images).aligned["boundary"][2], read(images).aligned["boundary"][2])


def test_it_starts_from_the_weights_of_a_plain_swin(student_values, tmp_path):
    source, target = make(student_values, dims={}), make(student_values)
    extra = {"norm.weight": torch.ones(64), "head.fc.weight": torch.ones(3, 64)}
    file = tmp_path / "swin.safetensors"
    save_file({**source.vit.state_dict(), **extra}, file)
    initialise_stem(target, file)
    for key, value in source.vit.state_dict().items():
        assert torch.equal(target.vit.state_dict()[key], value)


def test_the_last_shared_layer_is_the_last_block_of_the_last_level(config, student_values):
    model = build_model(config | {"student": student_values | {"levels": [0, 1]}})
    layer = {id(weight) for weight in last_shared_layer(model)}
    assert layer == {id(weight) for weight in model.student.vit.layers[1].blocks[-1].parameters()}


def test_the_papers_swin_small_has_four_levels_and_the_size_of_timms():
    with torch.device("meta"):
        student = create_student(
            StudentConfig(
                model="swin_small_patch4_window7_224.ms_in22k_ft_in1k", image_size=512,
                levels=(0, 1, 2, 3),
            ),
            {"dinov2": 768},
        )  # fmt: skip
    assert student.map_dims == (96, 192, 384, 768) and student.padded_to == (32, 32)
    assert student.stage_lengths == [3, 2, 18, 2]
    assert all(2 * a == b for a, b in pairwise(student.map_dims))
    assert round(sum(p.numel() for p in student.vit.parameters()) / 1e6, 1) == 48.8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": [0, 3]}, r"rising stage indices in 0\.\.2"),
        ({"realignment": "low_rank"}, "realignment: .* needs a plain ViT"),
        ({"model": "swin_giant"}, "no model 'swin_giant'"),
    ],
)
def test_what_a_swin_cannot_have_is_refused(student_values, changes, message):
    with pytest.raises(UserError, match=message):
        make(student_values, **changes)


@pytest.mark.parametrize(
    ("part", "message"),
    [({"head": "dpt"}, "use head 'conv' or 'mlore'"), ({"fusion": "stem_cls"}, "has none")],
)
def test_parts_that_need_one_grid_or_a_class_token_are_refused(
    config, student_values, part, message
):
    with pytest.raises(UserError, match=message):
        build_model(config | {"student": student_values} | part)
