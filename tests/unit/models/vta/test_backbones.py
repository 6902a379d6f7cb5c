"""Backbones of every family are read, padded and started in the same way."""

import pytest
import timm
import torch
from safetensors.torch import save_file

from polytask.errors import UserError
from polytask.models.multitask import build_model
from polytask.models.vta.weights import initialise_backbone


@pytest.mark.parametrize("family", ["vit", "swin", "swinv2", "pvt"])
def test_every_family_trains_at_an_odd_size(configuration, family):
    config = configuration(family) | {"tasks": {"semseg": 5, "depth": 1}}
    model = build_model(config).train()
    outputs = model(torch.rand(1, 3, 37, 51))
    assert {task: tuple(p.shape) for task, p in outputs.predictions.items()} == {
        "semseg": (1, 5, 37, 51), "depth": (1, 1, 37, 51),
    }  # fmt: skip
    strides = [model.backbone.places[name].stride for name in model.backbone.places]
    sizes = [tuple(m.shape[-2:]) for m in outputs.representations.stem]
    assert sizes == [(64 // stride, 64 // stride) for stride in strides]
    sum(p.square().mean() for p in outputs.predictions.values()).backward()
    trained = [p for p in model.parameters() if p.requires_grad]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in trained)


@torch.no_grad()
def test_maps_are_the_blocks_outputs_without_prefix_tokens(model, images):
    encoder = model.backbone.encoder
    maps = model.backbone(images)
    normalised = (images - model.backbone.mean) / model.backbone.std
    expected = encoder.forward_intermediates(
        normalised, indices=[0, 2, 3], norm=False, intermediates_only=True
    )
    assert encoder.num_prefix_tokens == 2
    assert all(torch.equal(*pair) for pair in zip(maps.values(), expected, strict=True))


def test_a_file_starts_the_backbone_at_another_size(config, model, tmp_path):
    values = config["vta"]["backbone"]
    args = {**values["model_args"], "img_size": 64}
    published = timm.create_model(values["model"], **args)
    save_file(published.state_dict(), tmp_path / "vit.safetensors")
    initialise_backbone(model, tmp_path / "vit.safetensors")
    own = model.backbone.encoder
    assert torch.equal(own.blocks[3].mlp.fc1.weight, published.blocks[3].mlp.fc1.weight)
    assert own.pos_embed.shape[1] < published.pos_embed.shape[1]


def test_a_file_of_another_backbone_is_refused(model, tmp_path):
    save_file({"blocks.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="is missing"):
        initialise_backbone(model, tmp_path / "other.safetensors")


def test_a_model_of_the_paper_has_its_size(configuration):
    """Table 6 says 105.7 million; the widths that the paper leaves out were chosen for that."""
    config = configuration("swinv2")
    config["tasks"] = {"semseg": 18, "depth": 1, "normals": 3, "edge": 1}
    config["vta"]["backbone"] |= {
        "model": "swinv2_base_window8_256", "model_args": {},
        "at": [f"layers.2.blocks.{n}" for n in range(14, 18)]
        + ["layers.3.blocks.0", "layers.3.blocks.1"],
        "skips": ["layers.0.blocks.1", "layers.1.blocks.1", "layers.2.blocks.17"],
    }  # fmt: skip
    config["vta"]["adapter"] |= {"window": 8, "bottleneck": 8, "task_dim": 16}
    config["vta"]["decoder"] = {"dim": 96, "window": 8, "num_heads": 48}
    with torch.device("meta"):
        built = build_model(config)
    parts = built, built.backbone, built.ladder, built.decoders
    millions = [round(sum(p.numel() for p in part.parameters()) / 1e6, 1) for part in parts]
    assert millions == [105.6, 86.9, 16.7, 2.0]
