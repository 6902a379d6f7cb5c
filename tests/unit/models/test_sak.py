import pytest
import torch
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.models.adapters import adapter_path
from polytask.models.sak import Student, StudentConfig

DIMS = {"semantic": 32, "boundary": 48}


def make_student(student_values, dims=None, **changes) -> Student:
    return Student(StudentConfig(**student_values | changes), DIMS if dims is None else dims).eval()


def test_representations_have_the_widths_of_student_and_teachers(student_values, images):
    result = make_student(student_values)(images)
    assert [tuple(x.shape) for x in result.stem] == [(2, 32, 4, 4)] * 4
    assert {t: x[0].shape[1] for t, x in result.experts.items()} == dict.fromkeys(DIMS, 32)
    assert {t: x[0].shape[1] for t, x in result.aligned.items()} == DIMS


def test_experts_are_normalised_paths_over_stem_and_prefix_tokens(student_values, images):
    student = make_student(student_values, levels=[1, 3])
    encoded = student.encode(images)
    path = adapter_path(encoded.tokens, list(student.tsap["semantic"]))
    for index, level in enumerate((1, 3)):
        expected = encoded.to_map(F.layer_norm(path[level + 1], (32,)))
        torch.testing.assert_close(student(images).experts["semantic"][index], expected)


def test_aligners_are_linear_maps_of_the_normalised_path(student_values, images):
    student = make_student(student_values)
    result = student(images)
    aligner = student.ts_aligners["2_boundary"]
    expected = aligner(result.experts["boundary"][2].permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    torch.testing.assert_close(result.aligned["boundary"][2], expected)


def test_auto_aligns_only_other_widths_and_always_aligns_all(student_values, images):
    auto = make_student(student_values)
    assert {key.split("_")[1] for key in auto.ts_aligners} == {"boundary"}
    result = auto(images)
    torch.testing.assert_close(result.aligned["semantic"], result.experts["semantic"])
    always = make_student(student_values, aligners="always")
    assert {key.split("_")[1] for key in always.ts_aligners} == set(DIMS)


def test_without_biases_only_linear_aligners_lie_on_the_stem(student_values, images):
    student = make_student(student_values, biases="none")
    result = student(images)
    assert not result.experts and not len(student.tsap) and not len(student.out_norms)
    for teacher in DIMS:
        weight, bias = student.ts_aligners[f"3_{teacher}"].parameters()
        expected = torch.einsum("bdhw,ed->behw", result.stem[3], weight) + bias[:, None, None]
        torch.testing.assert_close(result.aligned[teacher][3], expected)


def test_without_teachers_it_is_a_plain_vit(student_values, images):
    student = make_student(student_values, dims={})
    assert all(key.startswith("vit.") for key in student.state_dict())
    assert not student(images).aligned


def test_every_parameter_learns_from_its_own_teacher_only(student_values, images):
    student = make_student(student_values)
    sum(x.square().sum() for x in student(images).aligned["boundary"]).backward()
    assert all(p.grad is not None for p in student.tsap["boundary"].parameters())
    assert all(p.grad is None for p in student.tsap["semantic"].parameters())
    assert all(p.grad is not None for p in student.vit.parameters())


def test_bfloat16_autocast_stays_close_to_float32(student_values, images):
    student = make_student(student_values)
    exact = student(images)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = student(images)
    for name in DIMS:
        similarity = F.cosine_similarity(rounded.aligned[name][3].float(), exact.aligned[name][3])
        assert similarity.min() > 0.99


def test_state_keys_are_those_of_the_official_code(student_values):
    student = make_student(student_values)
    expected = {
        f"out_norms.{i}_{t}.{p}" for i in range(4) for t in DIMS for p in ("weight", "bias")
    }
    expected |= {f"ts_aligners.{i}_boundary.{p}" for i in range(4) for p in ("weight", "bias")}
    for teacher in DIMS:
        for i in range(5):
            expected |= {f"tsap.{teacher}.{i}.{n}.{p}" for n in ("down", "up") for p in
                         ("weight", "bias")} | {f"tsap.{teacher}.{i}.scale"}  # fmt: skip
    expected |= {f"vit.{key}" for key in student.vit.state_dict()}
    assert set(student.state_dict()) == expected
    assert {"vit.cls_token", "vit.pos_embed", "vit.blocks.3.attn.qkv.weight"} <= expected


@pytest.mark.parametrize(("size", "millions"), [("small", 0.96), ("base", 3.85), ("large", 13.14)])
def test_an_adapter_path_has_the_published_size(size, millions):
    dims = {"small": 384, "base": 768, "large": 1024}
    with torch.device("meta"):
        config = StudentConfig(model=f"vit_{size}_patch16_384", image_size=384, levels=(2, 5))
        student = Student(config, {"sam": dims[size]})
    count = sum(p.numel() for p in student.tsap["sam"].parameters())
    assert round(count / 1e6, 2) == millions
    assert count < 0.05 * sum(p.numel() for p in student.vit.parameters())


def test_choices_and_teacher_names_are_checked(student_values):
    with pytest.raises(UserError, match="adapter_paths, none"):
        make_student(student_values, biases="some")
    with pytest.raises(UserError, match=r"a\.b"):
        make_student(student_values, dims={"a.b": 3})
