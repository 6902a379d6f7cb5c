"""An exported model gives what it gave before, bit for bit, here and in plain timm."""

import json
import re
from pathlib import Path

import pytest
import torch

from polytask.disk import sha256_of
from polytask.errors import UserError
from polytask.export import folder as exporting
from polytask.export.folder import export_model
from polytask.models.files import load_model, load_student, load_weights

from .conftest import (
    KINDS,
    WITHOUT_STUDENT,
    adapted,
    multi_task,
    probed,
    realigned,
    sak,
    student,
    vta,
)

MODELS = [kind for kind in KINDS if kind is not student]


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 40, 48, generator=torch.Generator().manual_seed(0))


def snippets(folder: Path) -> dict[str, str]:
    """The Python code of a card, by what it makes."""
    found = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    return dict(zip(("whole", "stem"), found, strict=True))


@torch.no_grad()
def run(snippet: str, images: torch.Tensor) -> dict:
    """Run a card's code; returns its names. It is run inside of the folder, as the card says."""
    names = {"images": images}
    exec(snippet, names)
    return names


@pytest.mark.parametrize("kind", MODELS)
@torch.no_grad()
def test_a_model_predicts_the_same_bits(made, tmp_path, monkeypatch, images, kind):
    file, out = made(kind), tmp_path / "out"
    export_model(file, out)
    model, config = load_model(file)
    expected = model(images).predictions
    for path in (out, out / "model.safetensors"):
        loaded, loaded_config = load_model(path)
        assert loaded_config == config
        assert all(torch.equal(v, expected[k]) for k, v in loaded(images).predictions.items())
    monkeypatch.chdir(out)
    found = run(snippets(out)["whole"], images)["predictions"]
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[task], expected[task]) for task in expected)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_timm_alone_gives_the_same_levels(made, tmp_path, monkeypatch, images, kind):
    file, out = made(kind), tmp_path / "out"
    export_model(file, out)
    module = load_student(file)[0] if kind is student else load_model(file)[0].student
    normalised = (images - module.mean) / module.std
    monkeypatch.chdir(out)
    levels = run(snippets(out)["stem"], normalised)["levels"]
    if kind in (realigned, adapted):  # the encoder alone, as the card says
        expected = module.vit.forward_intermediates(normalised, intermediates_only=True)
        assert not torch.equal(levels[0], module(images).stem[0])
        lacks = {realigned: "re-alignment paths", adapted: "adapter"}[kind]
        assert f"timm has no {lacks}:" in (out / "README.md").read_text()
    else:
        expected = module(images).stem
    assert len(levels) == len(expected) == 2
    assert all(torch.equal(a, b) for a, b in zip(levels, expected, strict=True))


@pytest.mark.parametrize("kind", WITHOUT_STUDENT)
@torch.no_grad()
def test_a_model_without_a_student_predicts_the_same_bits(
    made, tmp_path, monkeypatch, images, kind
):
    file, out = made(kind), tmp_path / "out"
    export_model(file, out)
    model, config = load_model(file)
    assert load_model(out)[1] == config
    monkeypatch.chdir(out)
    (whole,) = re.findall(r"```python\n(.*?)```", (out / "README.md").read_text(), re.DOTALL)
    found, expected = run(whole, images)["predictions"], model(images).predictions
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[task], expected[task]) for task in expected)


@pytest.mark.parametrize(
    ("kind", "architecture", "says", "normalised"),
    [
        (vta, "VtaModel", "VTA's adapters beside blocks.0, blocks.1", "mean 0.485, 0.456, 0.406"),
        (probed, "MultiTaskModel", "Encoder: timm's `vit_tiny_", "mean 0.5, 0.5, 0.5"),
    ],
)
def test_the_card_says_what_stands_in_a_students_place(
    made, tmp_path, kind, architecture, says, normalised
):
    out = export_model(made(kind), tmp_path / "out")
    card = (out / "README.md").read_text()
    assert says in card and normalised in card and "Trained at 32 x 32 pixels" in card
    assert "The encoder in timm" not in card and "None" not in card
    assert json.loads((out / "config.json").read_text())["architectures"] == [architecture]


def test_timms_part_is_five_lines_besides_its_imports(made, tmp_path):
    export_model(made(sak), tmp_path / "out")
    _, code = snippets(tmp_path / "out")["stem"].split("\n\n")
    assert len(code.splitlines()) == 5


@torch.no_grad()
def test_a_student_comes_back(made, tmp_path, monkeypatch, images):
    file, out = made(student), tmp_path / "out"
    export_model(file, out)
    expected, config = load_student(file)
    loaded, loaded_config = load_student(out)
    assert loaded_config == config
    load_weights(loaded, out)
    monkeypatch.chdir(out)
    found = run(snippets(out)["whole"], images)["representations"]
    for representations in (loaded(images), found):
        for teacher, levels in expected(images).aligned.items():
            both = zip(levels, representations.aligned[teacher], strict=True)
            assert all(torch.equal(a, b) for a, b in both)


def test_a_folder_exports_to_the_same_files(made, tmp_path):
    first = export_model(made(sak), tmp_path / "one" / "sak")
    second = export_model(first, tmp_path / "two" / "sak")
    names = ["README.md", "config.json", "model.safetensors"]
    assert sorted(file.name for file in first.iterdir()) == names
    assert [(first / name).read_bytes() for name in names] == [
        (second / name).read_bytes() for name in names
    ]


def test_config_json_says_what_tools_of_the_hub_ask_for(made, tmp_path):
    file = made(sak)
    config = json.loads((export_model(file, tmp_path / "out") / "config.json").read_text())
    assert (config["model_type"], config["architectures"]) == ("polytask", ["MultiTaskModel"])
    assert config["tasks"] == {"semseg": 5, "depth": 1} and config["student"]["levels"] == [0, 1]
    assert sha256_of(tmp_path / "out/model.safetensors") == sha256_of(file)


def test_an_edited_config_json_is_refused(made, tmp_path):
    out = export_model(made(sak), tmp_path / "out")
    text = (out / "config.json").read_text()
    (out / "config.json").write_text(text.replace('"mixture"', '"sum"'))
    with pytest.raises(UserError, match=r"does not belong to its configuration .*config\.json"):
        load_model(out)


def test_a_damaged_config_json_is_named(made, tmp_path):
    out = export_model(made(sak), tmp_path / "out")
    (out / "config.json").write_text((out / "config.json").read_text()[:99])
    with pytest.raises(UserError, match=r"is missing; config\.json is damaged, or of another"):
        load_model(out)


def test_what_is_there_is_never_touched(made, tmp_path):
    file, out = made(multi_task), tmp_path / "out"
    out.mkdir()
    with pytest.raises(UserError, match="out: exists; name another folder"):
        export_model(file, out)
    out.rmdir()
    out.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="out: exists"):
        export_model(file, out)
    assert out.is_symlink()


def test_an_export_that_fails_leaves_nothing(made, tmp_path, monkeypatch):
    file = made(multi_task)
    before = sorted(tmp_path.iterdir())

    def full(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting.shutil, "copyfile", full)
    with pytest.raises(UserError, match="out: cannot be written to: No space left"):
        export_model(file, tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == before


def test_a_damaged_model_is_not_exported(made, tmp_path):
    file = made(multi_task)
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(UserError, match="not a readable safetensors file"):
        export_model(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()
