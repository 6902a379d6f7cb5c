"""Stage 2 trains a frozen ViT's adapter and heads on a data set, and leaves the ViT as it was."""

import json

import pytest
import torch
from downstream import DownstreamConfig, describe, downstream, initialised
from miniatures.nyud import write_nyud
from safetensors.torch import load_file, save_file

from polytask.models.files import load_model
from polytask.models.multitask import build_student
from polytask.pipeline.arguments import build
from polytask.predict import Predictor
from polytask.price.costs import Costs
from polytask.price.trained import everything

ADAPTER = {
    "norm": "group", "num_groups": 4, "scale_tokens": True, "freeze_vit": True, "stem_width": 8,
    "num_points": 2, "value_ratio": 0.5, "ffn_ratio": 0.25, "extra_extractors": 0,
}  # fmt: skip
PLAIN = {
    "model": "vit_tiny_patch16_224",
    "model_args": {"patch_size": 14, "embed_dim": 32, "depth": 2, "num_heads": 2, "reg_tokens": 1},
    "image_size": [64, 64], "levels": [0, 1], "biases": "none", "adapter": ADAPTER,
}  # fmt: skip
FIT = {
    "steps": 2, "batch_size": 2, "lr": 0.01, "weight_decay": 0.1, "schedule": "cosine",
    "warmup_steps": 0, "warmup_lr": 1.0, "final_lr": 1.0, "clip_norm": 1.0, "log_every": 1,
    "checkpoint_every": 2, "num_workers": 0,
}  # fmt: skip
VALUES = {
    "name": "argus/all", "seed": 0, "runtime": {"device": "cpu", "precision": "fp32"},
    "student": None, "start": None, "frozen": False, "share": 1.0,
    "encoder": None, "balancing": {"method": "fixed"}, "fusion": "stem",
    "head": "conv", "gamma": 0.0, "tasks": ["semseg", "depth"],
    "dataset": {
        "root": "", "tasks": ["semseg", "normals", "edge", "depth"], "num_classes": 40,
        "image_size": [24, 32], "train_split": "train", "test_split": "val", "edge_max_dist": 0.01,
    },
    "task_weights": {"semseg": 1.0, "depth": 1.0},
    "losses": {"edge_pos_weight": 0.95, "normals_loss": "l1"}, "plain_student": PLAIN,
    "initial_weights": "vit",
    "committee": {"teachers": {}, "targets": "online", "standardise": False},
    "alpha": 0.9, "beta": 0.1, "num_views": 0,
    "view": {"scale": [1.0, 1.5], "cat_max_ratio": 0.75, "photometric": False}, "fit": FIT,
}  # fmt: skip


@pytest.fixture
def vit(tmp_path):
    """The weights of a plain ViT at another size, as timm publishes them."""
    torch.manual_seed(1)
    plain = {key: value for key, value in PLAIN.items() if key != "adapter"}
    student = build_student({"student": plain | {"image_size": [70, 70]}, "teacher_dims": {}})
    save_file(student.vit.state_dict(), tmp_path / "vit.safetensors")
    return tmp_path / "vit.safetensors"


@pytest.fixture
def config():
    return build(DownstreamConfig, VALUES, "params")


def test_it_trains_adapter_and_heads_alone_and_can_be_read_back(tmp_path, vit, config):
    torch.manual_seed(0)
    labelled, out = write_nyud(tmp_path / "NYUDv2"), tmp_path / "model.safetensors"
    files = [out.with_suffix(".json"), tmp_path / "curves.csv", tmp_path / "effort.json"]
    downstream(labelled, [vit], [], [], out, *files, config=config)
    network, described = load_model(out)
    start = load_file(vit)
    for key, value in network.student.vit.state_dict().items():
        assert key == "pos_embed" or torch.equal(value, start[key]), key
    assert all(i.injector.gate.any() for i in network.student.adapter.interactions)
    trained = sum(
        p.numel() for n, p in network.named_parameters() if not n.startswith("student.vit.")
    )
    assert json.loads(files[2].read_text())["trained_parameters"] == trained
    assert Costs().training(described, everything).trained == trained
    assert Predictor.load(out, "cpu", None).size == 24


def test_from_another_model_heads_alone_are_trained_where_that_is_asked(tmp_path, vit, config):
    torch.manual_seed(0)
    description = describe(config, [], [])
    network = initialised(config, description, [vit], [])
    assert not any(p.requires_grad for p in network.student.vit.parameters())
    assert all(p.requires_grad for p in network.student.adapter.parameters())
    frozen = build(DownstreamConfig, VALUES | {"frozen": True}, "params")
    network = initialised(frozen, description, [vit], [])
    assert {n.split(".")[0] for n, p in network.named_parameters() if p.requires_grad} == {"heads"}
