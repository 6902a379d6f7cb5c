"""What is no released encoder is refused in one line; what is one becomes a teacher."""

import json
from types import SimpleNamespace

import pytest
import torch
import yaml
from downstream import describe, initialised
from released_encoders import radio, theia
from safetensors.torch import save_file

from polytask.cli import main
from polytask.errors import UserError
from polytask.models.files import load_model, save_model
from polytask.pipeline.arguments import build
from polytask.teachers.encoder import TeacherConfig
from polytask.teachers.released.reading import read_released
from polytask.teachers.weights import load_encoder

VIT = "radio_model.model."
DEIT = "backbone.model."


def drop(key):
    return lambda named: named.pop(key)


def put(key, *shape):
    return lambda named: named.update({key: torch.zeros(shape)})


@pytest.mark.parametrize(
    ("make", "edit", "message"),
    [
        (radio, drop(f"{VIT}patch_generator.pos_embed"), "patch_generator.pos_embed is missing"),
        (radio, drop(f"{VIT}blocks.2.norm1.bias"), "blocks.2.norm1.bias is missing"),
        (
            radio,
            drop(f"{VIT}patch_generator.embedder.weight"),
            "neither RADIO nor Theia: its first",
        ),
        (radio, put(f"{VIT}patch_generator.embedder.weight", 40, 768), "is 40 wide, not 32"),
        (radio, put(f"{VIT}patch_generator.pos_embed", 1, 60, 32), "60 places, which make no sq"),
        (radio, put(f"{VIT}patch_generator.pos_embed", 60, 32), "is (60, 32), not (1, n, 32)"),
        (
            radio,
            put(f"{VIT}patch_generator.patch_normalizer.weight", 32),
            "has no place in this RA",
        ),
        (radio, put(f"{VIT}blocks.0.attn.q_norm.weight", 16), "it has no blocks.0.attn.q_norm"),
        (
            radio,
            put(f"{VIT}blocks.1.mlp.fc2.weight", 32, 64),
            "blocks.1.mlp.fc2.weight is (32, 64)",
        ),
        (theia, drop(f"{DEIT}embeddings.cls_token"), "embeddings.cls_token is missing"),
        (
            theia,
            put(f"{DEIT}embeddings.reg_token", 1, 7, 32),
            "reg_token has no place in this Thei",
        ),
        (theia, drop(f"{DEIT}encoder.layer.1.attention.attention.key.bias"), "key.bias is missing"),
        (
            theia,
            put(f"{DEIT}embeddings.position_embeddings", 1, 12, 32),
            "11 places, which make no",
        ),
    ],
)
def test_what_is_not_whole_is_refused(tmp_path, capsys, make, edit, message):
    _, named = make()
    edit(named)
    file, out = tmp_path / "in.safetensors", tmp_path / "out"
    save_file(named, file)
    assert main(["import-encoder", str(file), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("polytask: ") and said.count("\n") == 1
    assert str(file) in said and message in said
    assert not out.exists()


def test_the_command_writes_an_overlay_and_where_it_came_from(tmp_path, capsys):
    save_file(radio()[1], tmp_path / "in.safetensors")
    words = ["import-encoder", str(tmp_path / "in.safetensors"), "--out", str(tmp_path / "out")]
    assert main([*words, "--name", "my-radio"]) == 2
    assert "letters, digits and underscores" in capsys.readouterr().err
    assert main([*words, "--name", "my_radio"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out/teacher.yaml'}\n"
    entry = yaml.safe_load((tmp_path / "out/teacher.yaml").read_text())["teachers"]["my_radio"]
    assert entry["weights"] == str(tmp_path / "out/model.safetensors")
    assert entry["mean"] == [0.4, 0.5, 0.6] and entry["levels"] == [0, 1, 2, 3]
    assert entry["model_args"]["reg_tokens"] == 9
    origin = json.loads((tmp_path / "out/import.json").read_text())
    assert origin["left_out"] == ["radio_model.adaptors.clip.head_mlp.fc1"]
    assert main(words) == 2
    assert "exists; name another folder" in capsys.readouterr().err


def test_a_repository_is_downloaded_and_converted(tmp_path, monkeypatch):
    _, named = radio()
    save_file(named, tmp_path / "model.safetensors")
    asked = []

    def download(repository, file):
        asked.append(repository)
        return str(tmp_path / file)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    released = read_released(named, "radio")
    encoder = load_encoder(released.model, released.model_args, "hub:nvidia/RADIO-tiny")
    assert asked == ["nvidia/RADIO-tiny"]
    assert torch.equal(encoder.embeds.pos_embed, released.weights["embeds.pos_embed"])
    with pytest.raises(
        UserError, match=r"RADIO-tiny: .*its entry in teachers needs .*'reg_tokens': 9"
    ):
        load_encoder(
            released.model, {**released.model_args, "reg_tokens": 7}, "hub:nvidia/RADIO-tiny"
        )


def test_a_repository_that_cannot_be_reached_is_a_user_error(monkeypatch):
    def refuse(*_args):
        raise OSError("no route to the hub")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", refuse)
    args = {"embed_dim": 32, "depth": 1, "num_heads": 2}
    with pytest.raises(UserError, match=r"deit_tiny.*no route.*local \.safetensors"):
        load_encoder("deit_tiny_patch16_224", args, "hub:theaiinstitute/theia")


@pytest.mark.parametrize("make", [radio, theia])
@pytest.mark.parametrize("frozen", [True, False])
def test_it_stands_under_heads_frozen_or_trained(tmp_path, make, frozen):
    save_file(make()[1], tmp_path / "in.safetensors")
    main(["import-encoder", str(tmp_path / "in.safetensors"), "--out", str(tmp_path / "mine")])
    entry = yaml.safe_load((tmp_path / "mine/teacher.yaml").read_text())["teachers"]["mine"]
    config = SimpleNamespace(
        encoder=build(TeacherConfig, {**entry, "levels": None}, "teachers.mine"), student=None,
        frozen=frozen, fusion="stem", head="conv", tasks=("semseg", "depth"),
        dataset=SimpleNamespace(image_size=(48, 80), num_classes=5),
    )  # fmt: skip
    description = describe(config, [], list("abcde"))
    network = initialised(config, description, [], [])
    loss = sum(each.sum() for each in network(torch.rand(2, 3, 48, 80)).predictions.values())
    loss.backward()
    first = next(network.student.encoder.blocks[0].parameters())
    assert (first.grad is None) == frozen
    assert all(each.requires_grad != frozen for each in network.student.parameters())
    save_model(tmp_path / "model.safetensors", network, description)
    again, found = load_model(tmp_path)
    assert found["student"]["levels"] == [0, 1, 2, 3]
    images = torch.rand(1, 3, 40, 72)
    assert torch.equal(
        again(images).predictions["depth"], network.eval()(images).predictions["depth"]
    )
