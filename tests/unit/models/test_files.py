import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from polytask.errors import UserError
from polytask.models import files
from polytask.models.files import (
    config_path,
    initialise_stem,
    load_model,
    load_student,
    load_weights,
    save_model,
)
from polytask.models.multitask import build_model, build_student


@pytest.fixture
def saved(config, tmp_path):
    path = tmp_path / "sak.safetensors"
    model = build_model(config).eval()
    save_model(path, model, config)
    return path, model


def test_a_model_comes_back_bit_equal(saved, config, images):
    path, model = saved
    loaded, loaded_config = load_model(path)
    assert loaded_config == config and not loaded.training
    for key, value in model.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[key])
    assert torch.equal(model(images).predictions["edge"], loaded(images).predictions["edge"])


def test_the_same_model_makes_the_same_bytes_and_leaves_nothing_else(saved, config):
    path, model = saved
    before = path.read_bytes()
    save_model(path, model, config)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["sak.json", "sak.safetensors"]


def test_a_write_that_fails_keeps_the_last_good_file(saved, config, monkeypatch):
    path, model = saved
    before = path.read_bytes()
    monkeypatch.setattr(files, "save_file", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_model(path, model, config)
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 2


def test_a_model_file_is_refused_beside_another_configuration(saved, config):
    path, _ = saved
    config_path(path).write_text(json.dumps(config | {"tasks": {"semseg": 5, "depth": 1}}))
    with pytest.raises(UserError, match="model file does not belong to its configuration"):
        load_model(path)


def test_missing_and_broken_files_are_named(saved, tmp_path):
    path, _ = saved
    with pytest.raises(UserError, match=r"absent\.safetensors: no such"):
        load_model(tmp_path / "absent.safetensors")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"sak\.safetensors: not a readable"):
        load_model(path)
    config_path(path).write_text("{")
    with pytest.raises(UserError, match=r"sak\.json: not readable"):
        load_model(path)
    config_path(path).unlink()
    with pytest.raises(UserError, match=r"sak\.json"):
        load_model(path)


def test_a_student_file_starts_stage_two_and_is_no_model(config, tmp_path):
    path = tmp_path / "student.safetensors"
    student_config = {key: config[key] for key in ("student", "teacher_dims")}
    student_config |= {"format": "polytask.student/1"}
    student = build_student(student_config)
    save_model(path, student, student_config)
    model = build_model(config)
    load_weights(model.student, path)
    loaded, _ = load_student(path)
    for key, value in student.state_dict().items():
        assert torch.equal(model.student.state_dict()[key], value)
        assert torch.equal(loaded.state_dict()[key], value)
    with pytest.raises(UserError, match=r"polytask\.student/1"):
        load_model(path)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.pop("cls_token"), "cls_token is missing"),
        (lambda s: s.update(extra=torch.zeros(1)), "it has no extra"),
        (lambda s: s.update({"blocks.0.attn.qkv.bias": torch.zeros(3)}), "qkv.bias is"),
        (lambda s: s.update(pos_embed=torch.zeros(1, 17, 8)), "pos_embed is"),
        (lambda s: s.update(pos_embed=torch.zeros(1, 8, 32)), "pos_embed is"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_file_and_key(config, tmp_path, edit, message):
    student = build_student(config)
    state = dict(student.vit.state_dict())
    edit(state)
    save_file(state, tmp_path / "vit.safetensors")
    with pytest.raises(UserError, match=rf"vit\.safetensors.*{message}"):
        load_weights(student.vit, tmp_path / "vit.safetensors")


def classifier_state(student) -> dict[str, torch.Tensor]:
    head = {"norm.weight": torch.ones(32), "head.weight": torch.zeros(10, 32)}
    return {key: torch.randn_like(v) for key, v in student.vit.state_dict().items()} | head


def test_a_stem_starts_from_a_classifier_whose_head_is_left_over(config, tmp_path):
    student, path = build_student(config), tmp_path / "vit.safetensors"
    state = classifier_state(student)
    save_file(state, path)
    initialise_stem(student, path)
    for key, value in student.vit.state_dict().items():
        assert torch.equal(value, state[key])
    save_file(state | {"neck.weight": torch.zeros(1)}, path)
    with pytest.raises(UserError, match=r"it has no neck\.weight"):
        initialise_stem(student, path)


def test_hub_starts_the_stem_from_the_published_weights(config, monkeypatch):
    student = build_student(config)
    published = build_student(config).vit
    monkeypatch.setattr(files.timm, "create_model", lambda *args, **kwargs: published)
    initialise_stem(student, "hub")
    for key, value in published.state_dict().items():
        assert torch.equal(student.vit.state_dict()[key], value)


def test_position_embeddings_are_resampled_and_prefix_tokens_kept(config, tmp_path):
    path = tmp_path / "vit.safetensors"
    small = build_student(config)
    ramp = torch.arange(4.0).repeat(4, 1).flatten().view(1, 16, 1).expand(1, 16, 32)
    state = small.vit.state_dict() | {
        "pos_embed": torch.cat([torch.full((1, 1, 32), 9.0), ramp], 1)
    }
    save_file({key: value.contiguous() for key, value in state.items()}, path)
    config["student"]["image_size"] = [64, 48]
    large = build_student(config)
    load_weights(large.vit, path)
    positions = large.vit.pos_embed.detach()
    assert positions.shape == (1, 1 + 8 * 6, 32)
    assert positions[0, 0].eq(9.0).all()
    grid = positions[0, 1:].view(8, 6, 32)
    torch.testing.assert_close(grid, grid[:1].expand_as(grid))  # rows alike, as they were
    assert (grid[0, 1:, 0] > grid[0, :-1, 0]).all()
    assert load_file(path)["pos_embed"].shape == (1, 17, 32)
