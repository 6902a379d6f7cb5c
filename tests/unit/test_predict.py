"""Any photo of any size gets every task at its own size; mistakes are one line."""

import numpy as np
import pytest
import torch
from PIL import Image

from polytask.cli import main
from polytask.models.files import MODEL_FORMAT, save_model
from polytask.models.multitask import build_model

TASKS = {"semseg": 5, "human_parts": 7, "sal": 2, "edge": 1, "normals": 3, "depth": 1}


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
        "classes": [],
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
    assert (tmp_path / "out" / "cat" / "panel.png").is_file()


def test_the_same_photo_gives_the_same_bytes(tmp_path, model):
    file = photo(tmp_path / "cat.png", 40, 40)
    for out in ("one", "two"):
        main(["predict", file, "--out", str(tmp_path / out), "--model", str(model)])
    one, two = ((tmp_path / out / "cat" / "panel.png").read_bytes() for out in ("one", "two"))
    assert one == two


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
