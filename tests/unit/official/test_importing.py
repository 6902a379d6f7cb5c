"""An imported checkpoint gives what the official model gives, to 1e-4 in evaluation mode."""

import json

import numpy as np
import pytest
import torch
from official_sak import outputs, random_state
from PIL import Image
from safetensors.torch import save_file

from polytask.cli import main
from polytask.disk import sha256_of
from polytask.errors import UserError
from polytask.models.files import load_model, load_student, load_weights
from polytask.models.multitask import build_student
from polytask.official.importing import import_sak

PASCAL = {"semseg": 21, "human_parts": 7, "sal": 2, "edge": 1, "normals": 3}
NYUD = {"semseg": 40, "normals": 3, "edge": 1, "depth": 1}


def assert_close(ours, theirs):
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


def wide(dim):
    """Teachers that are wider than the student, as BS and LB have them."""
    return {"dinov2": dim, "clip": dim, "sam": dim}


@torch.no_grad()
def assert_same_features(ours, official, state):
    images = official.images()
    aligned, _ = outputs(state, official, images)
    found = ours(images)
    assert list(found.aligned) == list(official.teachers)
    for teacher, levels in aligned.items():
        assert_close(torch.stack(found.aligned[teacher]), torch.stack(levels))
        assert torch.stack(levels).std() > 0.1  # of random weights, far from all the same


@torch.no_grad()
def assert_same_predictions(file, official, state):
    model, config = load_model(file)
    assert config["tasks"] == official.tasks
    images = official.images()
    _, predictions = outputs(state, official, images)
    found = model(images).predictions
    for task, values in predictions.items():
        assert_close(found[task], values)
        assert values.std() > 0.1


@pytest.mark.parametrize(
    ("size", "changes"),
    [
        ("small", {"teachers": wide(48), "aligners": True}),
        ("base", {}),
        ("base", {"teachers": wide(64), "aligners": True}),
        ("large", {}),
        ("small", {"aligners": True}),
        ("small", {"teachers": {"radio": 32}, "ratio": 8}),
    ],
    ids=["BS", "BB", "LB", "LL", "aligners that are not needed", "one teacher, narrow adapters"],
)
def test_stage_one_agrees(tmp_path, official, saved, size, changes):
    model = official(size, **changes)
    file, state = saved(model)
    student, config = load_student(import_sak(file, tmp_path / "out"))
    assert config["teacher_dims"] == model.teachers
    assert_same_features(student, model, state)


@pytest.mark.parametrize(
    ("size", "changes"),
    [
        ("small", {"tasks": PASCAL, "teachers": wide(48), "aligners": True}),
        ("base", {"tasks": NYUD}),
        ("large", {"tasks": PASCAL}),
        ("small", {"tasks": NYUD, "routers": False}),
        ("small", {"tasks": {"depth": 1}, "teachers": {"sam": 32, "clip": 32}}),
    ],
    ids=["S with aligners", "B", "L", "without routers", "other teachers, one task"],
)
def test_stage_two_agrees(tmp_path, official, saved, size, changes):
    model = official(size, **changes)
    file, state = saved(model)
    imported = import_sak(file, tmp_path / "out")
    assert_same_predictions(imported, model, state)
    assert_same_features(load_model(imported)[0].student, model, state)


def test_a_file_without_aligners_as_the_official_test_reads_it(tmp_path, official, saved):
    model = official(tasks=NYUD, teachers=wide(48), aligners=True)
    file, state = saved(model)
    kept = {name: value for name, value in state.items() if "ts_aligners" not in name}
    torch.save(kept, file)
    imported = import_sak(file, tmp_path / "out")
    assert_same_predictions(imported, model, state)
    assert load_model(imported)[1]["teacher_dims"] == wide(32)


def test_images_that_are_not_square_need_their_size(tmp_path, official, saved):
    model = official(tasks=NYUD, grid=(3, 5))
    file, state = saved(model)
    with pytest.raises(UserError, match=r"pos_embed has 15 patches.*--image-size HEIGHT WIDTH"):
        import_sak(file, tmp_path / "out")
    imported = import_sak(file, tmp_path / "out", image_size=(48, 80))
    assert_same_predictions(imported, model, state)


def test_stage_two_of_ours_goes_on_from_a_student_at_another_size(tmp_path, official, saved):
    file, state = saved(official())
    imported = import_sak(file, tmp_path / "out")
    _, config = load_student(imported)
    larger = build_student({**config, "student": {**config["student"], "image_size": [96, 128]}})
    load_weights(larger, imported)
    assert larger.vit.pos_embed.shape == (1, 1 + 6 * 8, 32)
    assert torch.equal(larger.vit.pos_embed[0, 0], state["vit.pos_embed"][0, 0])


@pytest.mark.parametrize(
    ("tasks", "names"),
    [
        (PASCAL, {0: "background", 15: "person", 20: "tvmonitor"}),
        (NYUD, {0: "wall", 15: "curtain", 39: "otherprop"}),
        ({"depth": 1}, {}),
    ],
    ids=["PASCAL-Context", "NYUD-v2", "no classes"],
)
def test_the_number_of_outputs_says_whose_classes_they_are(tmp_path, official, saved, tasks, names):
    file, _ = saved(official(tasks=tasks))
    _, config = load_model(import_sak(file, tmp_path / "out"))
    assert len(config["classes"]) == tasks.get("semseg", 0)
    assert {number: config["classes"][number] for number in names} == names


def write_bare(file, state):
    torch.save(state, file)


def write_old_format(file, state):
    torch.save(state, file, _use_new_zipfile_serialization=False)


def write_distributed(file, state):
    torch.save({"model": {f"module.{name}": value for name, value in state.items()}}, file)


@pytest.mark.parametrize("write", [write_bare, write_old_format, write_distributed])
def test_however_it_is_wrapped_the_model_is_the_same(tmp_path, official, saved, write):
    file, state = saved(official(tasks=NYUD))
    expected = import_sak(file, tmp_path / "expected").read_bytes()
    write(file, state)
    assert import_sak(file, tmp_path / "out").read_bytes() == expected


def test_safetensors_make_the_same_model(tmp_path, official, saved):
    file, state = saved(official(tasks=NYUD))
    save_file(state, tmp_path / "sak.safetensors")
    first, _ = load_model(import_sak(file, tmp_path / "out"))
    second, config = load_model(import_sak(tmp_path / "sak.safetensors", tmp_path / "other"))
    assert list(config["teacher_dims"]) == ["dinov2", "clip", "sam"]
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key])


def test_the_order_of_other_teachers_is_asked_for_where_the_file_has_lost_it(
    tmp_path, official, saved
):
    model = official(tasks=NYUD, teachers={"theia": 32, "radio": 32})
    _, state = saved(model)
    file = tmp_path / "sak.safetensors"
    save_file(state, file)
    with pytest.raises(UserError, match="order of the teachers radio, theia; give --teachers"):
        import_sak(file, tmp_path / "out")
    with pytest.raises(UserError, match=r"--teachers theia,sam: .* has radio,theia"):
        import_sak(file, tmp_path / "out", teachers=["theia", "sam"])
    imported = import_sak(file, tmp_path / "out", teachers=["theia", "radio"])
    assert_same_predictions(imported, model, state)


def test_the_order_of_the_teachers_counts(tmp_path, official, saved):
    model = official(tasks=NYUD, teachers={"theia": 32, "radio": 32})
    file, _ = saved(model)
    right = load_model(import_sak(file, tmp_path / "right"))[0]
    wrong = load_model(import_sak(file, tmp_path / "wrong", teachers=["radio", "theia"]))[0]
    with torch.no_grad():
        images = model.images()
        difference = right(images).predictions["depth"] - wrong(images).predictions["depth"]
    assert difference.abs().max() > 0.01


def test_training_goes_on_with_noisy_routers(tmp_path, official, saved):
    file, _ = saved(official(tasks=NYUD))
    model = load_model(import_sak(file, tmp_path / "out"))[0].train()
    images = official().images()
    torch.manual_seed(0)
    model.heads.eval()
    first, second = (model(images) for _ in range(2))
    assert not torch.equal(first.predictions["depth"], second.predictions["depth"])
    assert torch.equal(first.gates["depth"], second.gates["depth"])


def test_it_says_what_it_was_made_from(tmp_path, official, saved):
    file, _ = saved(official())
    import_sak(file, tmp_path / "out")
    report = json.loads((tmp_path / "out/import.json").read_text())
    assert report["sha256"] == sha256_of(file)
    assert (report["epoch"], report["iter_count"]) == (31, 40000)
    assert report["left_out"] == ["optimizer", "scheduler"]


def test_the_command_makes_a_model_that_predicts(tmp_path, capsys, official, saved):
    file, _ = saved(official(tasks=NYUD))
    out = tmp_path / "out"
    assert main(["import-sak", str(file), "--out", str(out), "--image-size", "64", "64"]) == 0
    assert capsys.readouterr().out == f"{out / 'model.safetensors'}\n"
    photo = tmp_path / "photo.png"
    Image.fromarray(np.zeros((70, 90, 3), np.uint8)).save(photo)
    words = ["--out", str(tmp_path / "seen"), "--model", str(out / "model.safetensors")]
    assert main(["predict", str(photo), *words, "--device", "cpu"]) == 0
    assert (tmp_path / "seen/photo/depth_mm.png").is_file()


def test_a_model_that_is_there_is_never_overwritten(tmp_path, official, saved):
    model = official()
    file, _ = saved(model)
    before = import_sak(file, tmp_path / "out").read_bytes()
    torch.save(random_state(model, seed=1), file)
    with pytest.raises(UserError, match="exists; name another folder"):
        import_sak(file, tmp_path / "out")
    assert (tmp_path / "out/model.safetensors").read_bytes() == before


def test_an_output_that_cannot_be_written_is_one_line(tmp_path, official, saved):
    file, _ = saved(official())
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UserError, match="cannot be written to"):
        import_sak(file, tmp_path / "taken")


def test_a_full_disk_is_one_line_and_leaves_no_model(tmp_path, small_disk, official, saved):
    file, _ = saved(official("large", tasks=PASCAL))
    with pytest.raises(UserError, match="cannot be written to"):
        import_sak(file, small_disk / "out")
    assert not list(small_disk.rglob("*.*"))
