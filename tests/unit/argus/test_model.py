"""Models and their files: what is saved is what is loaded, and nothing else fits."""

import json
from dataclasses import replace

import pytest
import tiny_argus as tiny
import torch

from polytask.argus import model as module
from polytask.argus.decoder import LabelSpace
from polytask.argus.files import (
    Adapted,
    Pretrained,
    assemble,
    load,
    save_adapted,
    save_pretrained,
)
from polytask.argus.model import DecoderConfig, build_decoder, describe_decoder
from polytask.errors import UserError

SPACE = LabelSpace(classes=("wall", "chair"), things=(1,), protocols={})


@pytest.fixture(autouse=True)
def tasks(monkeypatch):
    monkeypatch.setattr(module, "VISION_TASKS", {n: tiny.task(n) for n in ("light", "dark")})


@pytest.fixture
def folder(tmp_path):
    """A backbone with the decoder of one task, and the decoder of another."""
    config = DecoderConfig(decoder="brightness", options={"gain": 2.0})
    backbone = tiny.backbone()
    built = {n: build_decoder(n, config, backbone.dim, SPACE) for n in ("light", "dark")}
    described = describe_decoder(config, SPACE)
    pretrained = Pretrained(backbone, {"light": built["light"]})
    save_pretrained(tmp_path / "backbone/model.safetensors", pretrained, {"light": described})
    save_adapted(
        tmp_path / "dark/model.safetensors", Adapted(built["dark"], None), "dark", described
    )
    return tmp_path


def test_a_folder_is_one_model_that_predicts_what_was_saved(folder):
    model, images = load(folder), tiny.batch()["image"]
    assert model.tasks == ("light", "dark")
    assert model.space("dark") == SPACE
    together = model.predict(images)
    assert together.keys() == {"light", "dark"}
    alone = model.predict(images, ["dark"])
    assert alone.keys() == {"dark"}
    assert together["dark"] == alone["dark"]
    assert model.decoders["dark"].gain == 2.0


def test_a_task_with_its_own_adapter_keeps_it_and_shares_the_vit(folder):
    other = tiny.backbone()
    with torch.no_grad():
        for weight in other.student.adapter.parameters():
            weight.add_(0.1)
    decoder = load(folder).decoders["light"]
    own = folder / "light/model.safetensors"
    save_adapted(own, Adapted(decoder, other), "light",
                 describe_decoder(DecoderConfig(options={"gain": 2.0}), SPACE))  # fmt: skip
    model, images = load(folder), tiny.batch()["image"]
    assert model.own_backbones["light"].student.vit is model.backbone.student.vit
    shared = model.decoders["light"].predict(model.backbone(images))
    assert not torch.allclose(torch.stack(model.predict(images)["light"]), torch.stack(shared))


def test_two_tasks_may_read_what_one_decoder_says_and_it_runs_once(folder, monkeypatch):
    shared = {"light": ("brightness",)}
    found = {**module.VISION_TASKS, "dark": replace(tiny.task("dark"), shares=shared)}
    monkeypatch.setattr(module, "VISION_TASKS", found)
    config = DecoderConfig(decoder="brightness", also=("dark",))
    backbone = tiny.backbone()
    decoder = build_decoder("light", config, backbone.dim, SPACE)
    described = describe_decoder(config, SPACE)
    path = folder / "light/model.safetensors"
    save_adapted(path, Adapted(decoder, None), "light", described)
    model, images = assemble(folder / "backbone/model.safetensors", [path]), tiny.batch()["image"]
    assert model.tasks == ("light", "dark")
    assert model.trained_as("dark") == model.trained_as("light") == "light"
    runs = []
    said = model.decoders["light"].predict
    monkeypatch.setattr(
        model.decoders["light"], "predict", lambda features: runs.append(1) or said(features)
    )
    together = model.predict(images)
    assert runs == [1]
    assert together["light"] == together["dark"] == model.predict(images, ["dark"])["dark"]
    weights = sum(weight.numel() for weight in decoder.parameters())
    assert sum(w.numel() for w in model.decoders.parameters()) == weights


def test_what_does_not_fit_is_refused(folder):
    with pytest.raises(UserError, match=r"no backbone/model\.safetensors"):
        load(folder / "dark")
    with pytest.raises(UserError, match=r"this model predicts light, dark"):
        load(folder).predict(tiny.batch()["image"], ["depth"])
    text = folder / "dark/model.json"
    config = json.loads(text.read_text())
    text.write_text(json.dumps({**config, "task": "light"}))
    with pytest.raises(UserError, match="does not belong to its configuration"):
        assemble(folder / "backbone/model.safetensors", [folder / "dark/model.safetensors"])


def test_unknown_tasks_decoders_and_options_are_named():
    config = DecoderConfig(decoder="brightness")
    with pytest.raises(UserError, match=r"argus.tasks.bright: no such task"):
        build_decoder("bright", config, 16, SPACE)
    with pytest.raises(UserError, match=r"argus.tasks.light.decoder: 'brightnes'"):
        build_decoder("light", replace(config, decoder="brightnes"), 16, SPACE)
    with pytest.raises(UserError, match=r"argus.tasks.light.options of brightness.*'gian'"):
        build_decoder("light", replace(config, options={"gian": 1.0}), 16, SPACE)
    with pytest.raises(UserError, match=r"dark.decoder_of: light's brightness does not say what"):
        build_decoder("light", replace(config, also=("dark",)), 16, SPACE)
    with pytest.raises(UserError, match=r"argus.tasks.drak: no such task"):
        build_decoder("light", replace(config, also=("drak",)), 16, SPACE)


def test_a_file_that_does_not_know_of_sharing_is_read(folder):
    decoder = load(folder).decoders["dark"]
    described = json.loads((folder / "dark/model.json").read_text())["decoder"]
    del described["also"]
    pretrained = Pretrained(tiny.backbone(), {"light": decoder})
    save_pretrained(folder / "backbone/model.safetensors", pretrained, {"light": described})
    save_adapted(folder / "dark/model.safetensors", Adapted(decoder, None), "dark", described)
    assert load(folder).tasks == ("light", "dark")


def test_a_description_is_the_same_from_a_file(folder):
    described = json.loads((folder / "dark/model.json").read_text())["decoder"]
    config = DecoderConfig(decoder="brightness", options={"gain": 2.0})
    assert described == describe_decoder(config, SPACE)
