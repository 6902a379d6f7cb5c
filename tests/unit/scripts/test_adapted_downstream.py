"""Stage 2 trains a frozen ViT's adapter and heads on a data set, and leaves the ViT as it was."""

import json

import pytest
import torch
from downstream import DownstreamConfig, describe, downstream, initialised
from miniatures.nyud import write_nyud
from safetensors.torch import load_file, save_file
from small_stage_two import PLAIN as PLAIN_VIT
from small_stage_two import VALUES as PLAIN_VALUES

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
PLAIN = PLAIN_VIT | {"adapter": ADAPTER}
VALUES = PLAIN_VALUES | {
    "name": "argus/all", "plain_student": PLAIN, "initial_weights": "vit",
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
    names = ("curves.csv", "gates.csv", "effort.json")
    files = [out.with_suffix(".json"), *(tmp_path / name for name in names)]
    downstream(labelled, [vit], [], [], out, *files, config=config)
    network, described = load_model(out)
    start = load_file(vit)
    for key, value in network.student.vit.state_dict().items():
        assert key == "pos_embed" or torch.equal(value, start[key]), key
    assert all(i.injector.gate.any() for i in network.student.adapter.interactions)
    trained = sum(
        p.numel() for n, p in network.named_parameters() if not n.startswith("student.vit.")
    )
    assert json.loads(files[3].read_text())["trained_parameters"] == trained
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
