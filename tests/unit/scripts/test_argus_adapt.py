"""Where stage 2 of Argus starts: at the decoder of stage 1 where that stays the same."""

from dataclasses import replace

import pytest
import tiny_argus as tiny
from argus_adapt import AdaptConfig, start_from

from polytask.argus import model as module
from polytask.argus.decoder import LabelSpace
from polytask.argus.features import ComputedFeatures, TrainedFeatures
from polytask.argus.files import Pretrained, save_pretrained
from polytask.argus.model import DecoderConfig, build_decoder, describe_decoder
from polytask.data.catalogue import DatasetConfig
from polytask.data.views import ScaleAndCrop
from polytask.training.config import FitConfig
from polytask.training.runtime import RuntimeConfig, start

SPACE = LabelSpace(classes=("wall", "chair"), things=(1,), protocols={})
RUNTIME = RuntimeConfig(device="cpu", precision="fp32")
SAME = DecoderConfig(decoder="brightness", options={"gain": 2.0})
CONFIG = AdaptConfig(
    name="argus", task="light", seed=0, runtime=RUNTIME, decoder=SAME, train_adapter=True,
    view=ScaleAndCrop(scale=(1.0, 1.0), cat_max_ratio=1.0, photometric=False), num_views=1,
    dataset=DatasetConfig(
        root="", tasks=(), num_classes=2, image_size=(32, 32), train_split="train",
        test_split="test", edge_max_dist=0.01,
    ),
    fit=FitConfig(
        steps=1, batch_size=1, lr=1e-3, weight_decay=0.0, schedule="cosine", warmup_steps=0,
        warmup_lr=1.0, final_lr=1.0, clip_norm=0.0, log_every=1, checkpoint_every=1, num_workers=0,
    ),
)  # fmt: skip


@pytest.fixture
def stage_1(tmp_path, monkeypatch):
    """The file of a stage 1 that trained one decoder, whose bias is 7."""
    monkeypatch.setattr(module, "VISION_TASKS", {"light": tiny.task("light")})
    backbone = tiny.backbone()
    decoder = build_decoder("light", SAME, backbone.dim, SPACE)
    decoder.weigh.bias.data.fill_(7)
    path = tmp_path / "model.safetensors"
    described = {"light": describe_decoder(SAME, SPACE)}
    save_pretrained(path, Pretrained(backbone, {"light": decoder}), described)
    return path


def bias(config, stage_1, space=SPACE):
    return start_from(config, stage_1, [], space, start(RUNTIME, 0))[0].decoder.weigh.bias.item()


def test_a_decoder_that_stays_the_same_is_trained_on(stage_1):
    assert bias(CONFIG, stage_1) == 7


def test_who_else_reads_it_makes_no_other_decoder(stage_1):
    described = replace(CONFIG, decoder=replace(SAME, also=("dark",)))
    assert bias(described, stage_1) == 7


def test_another_decoder_or_other_labels_start_anew(stage_1):
    other = replace(SAME, options={"gain": 3.0})
    assert bias(replace(CONFIG, decoder=other), stage_1) != 7
    assert bias(CONFIG, stage_1, replace(SPACE, classes=("wall", "table"))) != 7


def test_the_adapter_learns_where_it_is_to_and_the_vit_never(stage_1):
    trained, features = start_from(CONFIG, stage_1, [], SPACE, start(RUNTIME, 0))
    assert isinstance(features, TrainedFeatures)
    assert all(weight.requires_grad for weight in trained.adapter.parameters())
    assert not any(p.requires_grad for p in features.backbone.student.vit.parameters())
    config = replace(CONFIG, train_adapter=False)
    trained, features = start_from(config, stage_1, [], SPACE, start(RUNTIME, 0))
    assert isinstance(features, ComputedFeatures)
    assert {name.split(".")[0] for name, _ in trained.named_parameters()} == {"decoder"}
