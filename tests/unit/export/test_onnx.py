"""A graph gives the maps that torch gives, in ONNX Runtime alone, or it is not written."""

import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

from polytask.cli import main
from polytask.errors import UserError
from polytask.export import folder as exporting
from polytask.export import graph
from polytask.export.agreement import check_graph, photo
from polytask.export.folder import export_model
from polytask.export.graph import INPUT, write_graph
from polytask.models.files import load_model
from polytask.models.multitask import build_model

from .conftest import decoded, multi_task, probed, realigned, sak, single_task, student

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A model of SAK, its file and the folder that it was exported to with a graph."""
    torch.manual_seed(0)
    place = tmp_path_factory.mktemp("exported")
    (place / "sak").mkdir()
    file = place / "sak/model.safetensors"
    sak(file)
    assert main(["export", str(file), str(place / "out"), "--onnx"]) == 0
    return file, place / "out"


@torch.no_grad()
def agree(file, model, images) -> None:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, {INPUT: images.numpy()}), strict=True))
    expected = model(images).predictions
    assert list(found) == list(expected)
    for task, own in expected.items():
        np.testing.assert_allclose(found[task], own.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_it_gives_the_same_maps_of_any_number_of_images(exported, count):
    file, out = exported
    agree(out / "model.onnx", load_model(file)[0], torch.rand(count, 3, 32, 32))


@pytest.mark.parametrize("kind", [single_task, realigned, decoded, probed])
def test_every_kind_of_model_has_a_graph(made, tmp_path, kind):
    file = made(kind)
    out = export_model(file, tmp_path / "out", onnx=True)
    agree(out / "model.onnx", load_model(file)[0], torch.rand(2, 3, 32, 32))


def test_the_card_says_how_it_is_run(exported, tmp_path, monkeypatch):
    file, out = exported
    card = (out / "README.md").read_text()
    section = card.split("### In ONNX Runtime")[1]
    assert "images of 32 x 32 pixels" in section
    Image.fromarray(np.full((40, 50, 3), 99, np.uint8)).save(tmp_path / "photo.jpg")
    (tmp_path / "model.onnx").write_bytes((out / "model.onnx").read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], names)
    with torch.no_grad():
        expected = load_model(file)[0](torch.from_numpy(names["image"])).predictions
    assert {task: each.shape for task, each in names["maps"].items()} == {
        task: tuple(each.shape) for task, each in expected.items()
    }


def test_it_says_what_it_is_and_nothing_of_this_machine(exported):
    _, out = exported
    model = onnx.load(out / "model.onnx")
    (opset,) = [each.version for each in model.opset_import if each.domain == ""]
    about = {each.key: each.value for each in model.metadata_props}
    assert opset == graph.OPSET
    assert json.loads(about["classes"]) == ["a", "b", "c", "d", "e"]
    assert len(about["weights_sha256"]) == 64
    content = (out / "model.onnx").read_bytes()
    assert b"/src/polytask" not in content and b"site-packages" not in content


def test_a_graph_that_says_something_else_is_refused(made, tmp_path, monkeypatch):
    def of_another_model(model, tasks, size, file, about):
        torch.manual_seed(9)
        write_graph(build_model(config), tasks, size, file, about)

    file = made(multi_task)
    config = load_model(file)[1]
    monkeypatch.setattr(exporting, "write_graph", of_another_model)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=r"another map of semseg than torch, by .* nothing was"):
        export_model(file, tmp_path / "out", onnx=True)
    assert sorted(tmp_path.iterdir()) == before


def test_a_damaged_graph_is_refused_in_one_line(exported, tmp_path):
    file, out = exported
    broken = tmp_path / "model.onnx"
    broken.write_bytes((out / "model.onnx").read_bytes()[:1000])
    model = load_model(file)[0]
    with pytest.raises(UserError, match="ONNX Runtime cannot run the graph") as error:
        check_graph(broken, model, ["semseg", "depth"], (32, 32))
    assert "\n" not in str(error.value)


def test_a_student_has_no_graph(made, tmp_path, capsys):
    assert main(["export", str(made(student)), str(tmp_path / "out"), "--onnx"]) == 2
    assert "a student, which has no tasks" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_named(made, tmp_path, monkeypatch):
    monkeypatch.setattr(graph, "NEEDED", ("onnx_of_nowhere",))
    with pytest.raises(
        UserError, match=r"onnx_of_nowhere is not installed: pip install onnx_of_nowhere"
    ):
        export_model(made(multi_task), tmp_path / "out", onnx=True)


def test_the_photo_is_one():
    image = photo((24, 36))
    assert image.shape == (1, 3, 24, 36) and 0 <= image.min() < 0.1 < 0.9 < image.max() <= 1
