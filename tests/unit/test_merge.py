"""Merged files: this project's models keep every head, plain state dicts merge whole."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from polytask.cli import main
from polytask.models.files import load_model


def merge(*words):
    return main(["merge", *map(str, words)])


def test_the_merged_model_has_the_mean_encoder_and_every_head(tmp_path, base, single_task):
    out = tmp_path / "merged"
    assert merge(*single_task, "--base", base, "--out", out, "--scale", 0.5) == 0
    merged, _ = load_model(out / "model.safetensors")
    parts = [load_model(folder / "model.safetensors")[0] for folder in single_task]
    for key, value in merged.state_dict().items():
        owners = [part.state_dict()[key] for part in parts if key in part.state_dict()]
        assert len(owners) == (2 if key.startswith("student.") else 1)
        torch.testing.assert_close(value.float(), torch.stack(owners).float().mean(dim=0))


def test_exported_folders_merge_as_the_models_do(tmp_path, base, single_task):
    exported = [tmp_path / f"exported_{folder.name}" for folder in single_task]
    for folder, out in zip(single_task, exported, strict=True):
        assert main(["export", str(folder), str(out)]) == 0
    for models, name in ((single_task, "one"), (exported, "two")):
        assert merge(*models, "--base", base, "--out", tmp_path / name, "--scale", 0.5) == 0
    assert merge(exported[0], "--base", exported[0], "--out", tmp_path / "three") == 0
    one, two = (tmp_path / name / "model.safetensors" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_config_json_of_another_project_is_no_model_of_ours(tmp_path, base):
    folder = tmp_path / "other"
    folder.mkdir()
    save_file(load_file(base), folder / "model.safetensors")
    (folder / "config.json").write_text('{"model_type": "vit", "architectures": ["ViT"]}')
    assert merge(folder, "--base", base, "--out", tmp_path / "out", "--scale", 1) == 0
    torch.testing.assert_close(load_file(tmp_path / "out/model.safetensors"), load_file(base))


def test_the_merge_says_what_it_was_made_from(tmp_path, base, single_task):
    out = tmp_path / "merged"
    merge(*single_task, "--base", base, "--out", out, "--method", "ties", "--density", 0.5)
    report = json.loads((out / "merge.json").read_text())
    assert (report["method"], report["density"]) == ("ties", 0.5)
    assert [len(each["sha256"]) for each in report["models"]] == [64, 64]


def test_plain_state_dicts_merge_whole(tmp_path, base):
    doubled = {key: 2 * value for key, value in load_file(base).items()}
    save_file(doubled, tmp_path / "other.safetensors")
    assert (
        merge(tmp_path / "other.safetensors", "--base", base, "--out", tmp_path, "--scale", 1) == 0
    )
    merged = load_file(tmp_path / "model.safetensors")
    torch.testing.assert_close(merged, doubled)


def test_a_deep_scale_grows_with_the_blocks(tmp_path, base):
    ones = {key: value + 1 for key, value in load_file(base).items()}
    save_file(ones, tmp_path / "ones.safetensors")
    words = ("--scale", 0.25, "--deep-scale", 0.75, "--out", tmp_path)
    assert merge(tmp_path / "ones.safetensors", "--base", base, *words) == 0
    change = load_file(tmp_path / "model.safetensors")
    for block, alpha in ((0, 0.25), (1, 0.75)):
        key = f"blocks.{block}.norm1.weight"
        torch.testing.assert_close(change[key] - load_file(base)[key], torch.full((32,), alpha))


def test_a_deep_scale_alone_grows_from_the_mean_of_task_vectors_that_are_added(tmp_path, base):
    state = load_file(base)
    models = [tmp_path / f"{size}.safetensors" for size in (1, 2)]
    for size, model in enumerate(models, 1):
        save_file({key: value + size for key, value in state.items()}, model)
    assert merge(*models, "--base", base, "--deep-scale", 1, "--out", tmp_path) == 0
    merged = load_file(tmp_path / "model.safetensors")
    for block, change in ((0, 1.5), (1, 3.0)):
        key = f"blocks.{block}.norm1.weight"
        torch.testing.assert_close(merged[key] - state[key], torch.full((32,), change))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--method", "dare", "--density", 0.2), "density: dare has no such option"),
        (
            ("--method", "tall_mask", "--task", 0, "--deep-scale", 1),
            "deep_scale: tall_mask has no such option",
        ),
        (("--deep-scale", 1.0), "the merged vector is zero"),
        (("--method", "tall_mask"), "task: tall_mask makes the encoder of one task"),
    ],
)
def test_options_that_a_method_lacks_are_refused(capsys, tmp_path, base, words, message):
    assert merge(base, "--base", base, "--out", tmp_path / "out", *words) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_two_models_of_one_task_are_refused(capsys, tmp_path, base, single_task):
    twice = (single_task[0], single_task[0])
    assert merge(*twice, "--base", base, "--out", tmp_path / "out") == 2
    assert "semseg is a task of" in capsys.readouterr().err


def test_a_model_that_is_there_is_never_overwritten(capsys, base, single_task):
    before = (single_task[0] / "model.safetensors").read_bytes()
    assert merge(single_task[1], "--base", base, "--out", single_task[0]) == 2
    assert "exists; name another folder" in capsys.readouterr().err
    assert (single_task[0] / "model.safetensors").read_bytes() == before


def test_a_pickle_is_refused(capsys, tmp_path, base):
    torch.save({"a": torch.ones(1)}, tmp_path / "pickle.pth")
    assert merge(tmp_path / "pickle.pth", "--base", base, "--out", tmp_path / "out") == 2
    assert "not a readable safetensors file" in capsys.readouterr().err
