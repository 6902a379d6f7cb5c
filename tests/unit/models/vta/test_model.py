"""VTA's model: a backbone that runs once and stays as it is, tasks that differ by affinities."""

import numpy as np
import pytest
import torch
from PIL import Image

from polytask.export.folder import export_model
from polytask.models.files import load_model, save_model
from polytask.models.multitask import build_model
from polytask.models.vta.new_task import add_task
from polytask.predict import predict


def features(model, images):
    experts = model(images).representations.experts
    return {task: torch.cat([m.flatten() for m in maps]) for task, maps in experts.items()}


@torch.no_grad()
def test_what_tasks_see_differs_by_their_affinities_alone(model, images, as_after_training):
    as_after_training(model)
    before = features(model, images)
    assert all(torch.equal(before["depth"], each) for each in before.values())
    model.affinities[model.tasks.index("normals")] = torch.tensor([0.1, 0.2, 0.3, 0.4])
    after = features(model, images)
    same = {task: torch.equal(before[task], after[task]) for task in before}
    assert same == {"semseg": True, "depth": True, "normals": False, "edge": True}


def test_the_backbone_runs_once_gets_no_gradient_and_stays(model, images):
    calls = []
    model.backbone.encoder.patch_embed.register_forward_hook(lambda *_: calls.append(1))
    before = {key: value.clone() for key, value in model.backbone.state_dict().items()}
    model.train()
    assert not any(part.training for part in model.backbone.modules())
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    sum(x.square().mean() for x in model(images).predictions.values()).backward()
    optimizer.step()
    assert len(calls) == 1
    assert all(weight.grad is None for weight in model.backbone.parameters())
    assert all(torch.equal(before[key], v) for key, v in model.backbone.state_dict().items())
    learnt = [n for n, p in model.named_parameters() if not n.startswith("backbone.")]
    assert all(model.get_parameter(name).grad is not None for name in learnt)


def test_affinities_may_change_between_forward_and_backward(model, images, as_after_training):
    as_after_training(model)
    loss = model(images).predictions["depth"].mean()
    model.affinities.copy_(torch.eye(4))
    loss.backward()
    assert model.task_representations.grad.any(dim=1).all()  # those of uniform affinities


def test_shared_parameters_are_the_adapters_however_many_tasks(config, model):
    fewer = build_model(config | {"tasks": {"depth": 1}})
    sizes = [weight.shape for weight in model.shared_parameters()]
    assert sizes and sizes == [weight.shape for weight in fewer.shared_parameters()]
    assert {id(p) for p in model.shared_parameters()} == {id(p) for p in model.ladder.parameters()}


@torch.no_grad()
def test_a_new_task_changes_no_bit_of_the_others(model, config, images, as_after_training):
    as_after_training(model)
    model.affinities.copy_(torch.rand(4, 4).softmax(dim=1))
    grown, extended = add_task(model, config, "sal", 2)
    grown.eval()
    old, new = model(images).predictions, grown(images).predictions
    assert all(torch.equal(old[task], new[task]) for task in old)
    assert new["sal"].shape == (2, 2, 32, 32) and list(extended["tasks"])[-1] == "sal"
    torch.testing.assert_close(grown.affinities.sum(dim=1), torch.ones(5))
    added = grown.state_dict().keys() - model.state_dict().keys()
    assert added and all(key.startswith("decoders.sal.") for key in added)
    with pytest.raises(ValueError, match="'sal': this model has it already"):
        add_task(grown, extended, "sal", 2)


@torch.no_grad()
def test_a_saved_model_comes_back(model, config, images, as_after_training, tmp_path):
    as_after_training(model)
    model.affinities.copy_(torch.eye(4))
    save_model(tmp_path / "model.safetensors", model, config)
    loaded, again = load_model(tmp_path / "model.safetensors")
    assert again == config
    assert torch.equal(loaded(images).predictions["edge"], model(images).predictions["edge"])
    shared, _ = load_model(export_model(tmp_path / "model.safetensors", tmp_path / "exported"))
    assert torch.equal(shared(images).predictions["edge"], model(images).predictions["edge"])
    photo = tmp_path / "cat.png"
    Image.fromarray(np.full((20, 33, 3), 99, np.uint8)).save(photo)
    [panel] = predict([photo], tmp_path / "out", tmp_path / "model.safetensors", device="cpu")
    assert panel.is_file()
    assert Image.open(panel.parent / "normals.png").size == (33, 20)


def test_without_adapters_the_backbone_itself_is_trained(config, images):
    config["vta"] |= {"adapter": None, "frozen": False}
    model = build_model(config).train()
    assert {id(p) for p in model.shared_parameters()} == {
        id(p) for p in model.backbone.parameters()
    }
    outputs = model(images, ["depth"])
    outputs.predictions["depth"].mean().backward()
    assert list(outputs.predictions) == ["depth"]
    assert all(weight.grad is not None for weight in model.backbone.parameters())


@torch.no_grad()
def test_without_task_adapted_attention_the_adapters_run_once(config, images):
    config["vta"]["adapter"]["taa"] = False
    model, calls = build_model(config).eval(), []
    model.ladder.register_forward_hook(lambda *_: calls.append(1))
    assert len(model(images).predictions) == 4 and len(calls) == 1


def test_with_heads_as_in_sak_they_stand_on_the_skips_and_the_last_map(config, images):
    config["vta"]["decoder"] = "conv"
    model = build_model(config).train()
    outputs = model(images).predictions
    sum(each.square().mean() for each in outputs.values()).backward()
    levels = [*config["vta"]["backbone"]["skips"], config["vta"]["backbone"]["at"][-1]]
    assert all(len(each.head.linears) == len(levels) for each in model.decoders.values())
    assert outputs["semseg"].shape == (len(images), 5, *images.shape[-2:])
    assert all(weight.grad is not None for weight in model.ladder.parameters())


def test_heads_as_in_sak_take_maps_of_one_width(configuration):
    config = configuration("swin")
    config["vta"]["decoder"] = "conv"
    with pytest.raises(ValueError, match=r"conv: maps of widths .*; it takes one width"):
        build_model(config)
    config["vta"]["decoder"] = "unet"
    with pytest.raises(ValueError, match="vta decoder: 'unet' is not conv"):
        build_model(config)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("backbone", {"at": ["blocks.7"]}, "no block 'blocks.7'; did you mean `blocks"),
        ("backbone", {"at": []}, "`at` names no block"),
        ("backbone", {"skips": ["blocks.0"] * 4}, "`skips` names 4 blocks; at most 3"),
        ("backbone", {"model": "resnet18", "model_args": {}}, "model_args of resnet18"),
        ("backbone", {"model": "swin_nothing"}, "timm has no model 'swin_nothing'"),
        ("adapter", {"windows": 3}, "vta adapter: unknown key 'windows'; did you mean `window`"),
        ("adapter", {"bottleneck": 0}, "bottleneck: 0 is not 1 or more"),
        ("decoder", {"dim": 36}, "dim: 36 is not a multiple of 8"),
        ("decoder", {"num_heads": 3}, "3 heads do not share out 32"),
    ],
)
def test_what_cannot_be_is_told(config, part, change, message):
    config["vta"][part].update(change)
    with pytest.raises(ValueError, match=message):
        build_model(config)
