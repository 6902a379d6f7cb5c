"""Any photo of any size gets every task at its own size; mistakes are one line."""

import numpy as np
import pytest
import torch
from PIL import Image

from polytask.cli import main
from polytask.models.files import MODEL_FORMAT, save_model
from polytask.models.multitask import build_model
from polytask.predictions import largest_channel

TASKS = {
    "semseg": 5, "human_parts": 7, "sal": 2, "edge": 1, "normals": 3, "depth": 1, "keypoints": 1,
    "autoencoder": 3,
}  # fmt: skip


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    config = {
        "format": MODEL_FORMAT,
        "student": {
            "model": "vit_tiny_patch16_224",
            "model_args": {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
            "image_size": [32, 32],
            "levels": [0, 1],
        },
        "teacher_dims": {"semantic": 32},
        "fusion": "mixture",
        "tasks": TASKS,
        "classes": ["wall", "floor"],
    }
    path = tmp_path / "model" / "model.safetensors"
    save_model(path, build_model(config), config)
    return path


def photo(path, height, width):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)
    return str(path)


@pytest.mark.parametrize(("height", "width"), [(40, 67), (91, 33), (16, 16)])
def test_every_task_has_the_size_of_the_photo(tmp_path, model, height, width):
    file = photo(tmp_path / "cat.png", height, width)
    assert main(["predict", file, "--out", str(tmp_path / "out"), "--model", str(model)]) == 0
    for task in TASKS:
        with Image.open(tmp_path / "out" / "cat" / f"{task}.png") as picture:
            assert picture.size == (width, height)
    with Image.open(tmp_path / "out" / "cat" / "depth_mm.png") as depth:
        assert depth.mode.startswith("I;16")
        assert depth.size == (width, height)
    assert np.load(tmp_path / "out" / "cat" / "keypoints.npy").shape == (height, width)
    assert (tmp_path / "out" / "cat" / "panel.png").is_file()


def test_only_the_tasks_that_are_asked_for_are_written(tmp_path, model):
    file, out = photo(tmp_path / "cat.png", 20, 24), tmp_path / "out"
    words = ["--out", str(out), "--model", str(model), "--tasks", "depth,semseg"]
    assert main(["predict", file, *words]) == 0
    names = {path.name for path in (out / "cat").iterdir()}
    assert names == {"depth.png", "depth_mm.png", "semseg.png", "semseg_ids.png", "panel.png"}


def test_a_task_that_the_model_lacks_is_named(tmp_path, model, capsys):
    file = photo(tmp_path / "cat.png", 20, 24)
    words = ["--out", str(tmp_path / "out"), "--model", str(model), "--tasks", "depth,detection"]
    assert main(["predict", file, *words]) == 2
    assert "no task 'detection'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_same_photo_gives_the_same_bytes(tmp_path, model):
    file = photo(tmp_path / "cat.png", 40, 40)
    for out in ("one", "two"):
        main(["predict", file, "--out", str(tmp_path / out), "--model", str(model)])
    one, two = ((tmp_path / out / "cat" / "panel.png").read_bytes() for out in ("one", "two"))
    assert one == two


def test_an_exported_folder_predicts_the_same_bytes(tmp_path, model):
    file, exported = photo(tmp_path / "cat.png", 40, 40), tmp_path / "exported"
    assert main(["export", str(model), str(exported)]) == 0
    for out, path in (("one", model), ("two", exported), ("three", model.parent)):
        assert main(["predict", file, "--out", str(tmp_path / out), "--model", str(path)]) == 0
    panels = [tmp_path / out / "cat" / "panel.png" for out in ("one", "two", "three")]
    assert len({panel.read_bytes() for panel in panels}) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"no image"), "photo.jpg"),
        (lambda path: None, "no such photo"),
    ],
)
def test_a_bad_photo_is_named_in_one_line(tmp_path, model, capsys, make, message):
    path = tmp_path / "photo.jpg"
    make(path)
    assert main(["predict", str(path), "--out", str(tmp_path), "--model", str(model)]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error


def test_a_model_of_another_configuration_is_refused(tmp_path, model, capsys):
    beside = model.with_suffix(".json")
    beside.write_text(beside.read_text().replace('"mixture"', '"sum"'))
    file = photo(tmp_path / "cat.png", 32, 32)
    assert main(["predict", file, "--out", str(tmp_path), "--model", str(model)]) == 2
    assert "does not belong" in capsys.readouterr().err


def test_a_photo_is_turned_upright(tmp_path, model):
    image = Image.fromarray(np.zeros((20, 40, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    file, out = str(tmp_path / "turned.jpg"), tmp_path / "out"
    assert main(["predict", file, "--out", str(out), "--model", str(model)]) == 0
    with Image.open(out / "turned" / "semseg_ids.png") as ids:
        assert ids.size == (20, 40)


def test_classes_one_at_a_time_are_the_classes_all_at_once():
    values = torch.randn(1, 5, 6, 7, generator=torch.Generator().manual_seed(0))
    whole = torch.nn.functional.interpolate(values, size=(31, 17), mode="bilinear")
    assert (largest_channel(values, (31, 17)) == whole.argmax(1)[0].numpy()).all()


@pytest.mark.parametrize(
    ("height", "width", "words", "message"),
    [
        (16, 16, ["--size", "-5"], "--size -5"),
        (1, 400, [], "too narrow"),
        (16, 16, ["--out", "taken"], "taken"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path, model, capsys, monkeypatch, height, width, words, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file, not a folder")
    file = photo(tmp_path / "cat.png", height, width)
    assert main(["predict", file, "--out", "out", "--model", str(model), *words]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error


def test_two_photos_of_one_name_are_refused(tmp_path, model, capsys):
    file = photo(tmp_path / "cat.png", 16, 16)
    assert main(["predict", file, file, "--out", str(tmp_path), "--model", str(model)]) == 2
    assert "two photos are called 'cat'" in capsys.readouterr().err
