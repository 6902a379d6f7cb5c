"""Both stages train a student on a Swin, whose levels differ in width and size from the teacher."""

import pytest
import torch
from distill import DistillConfig, distill
from downstream import DownstreamConfig, downstream
from miniatures.imagenet import write_imagenet
from miniatures.nyud import write_nyud
from small_stage_two import FIT, VALUES

from polytask.models.encoder import create_encoder
from polytask.models.files import load_model, load_student
from polytask.models.multitask import create_student
from polytask.models.sak import StudentConfig
from polytask.pipeline.arguments import build
from polytask.price.costs import Costs
from polytask.price.trained import everything
from polytask.teachers.weights import save_encoder

ARGS = {"embed_dim": 16, "depths": [1, 1, 2, 1], "num_heads": [1, 2, 2, 4], "window_size": 3}
SWIN = {
    "model": "swin_tiny_patch4_window7_224", "model_args": ARGS, "image_size": [64, 64],
    "levels": [0, 1, 2, 3],
}  # fmt: skip
WRITTEN = ("2.csv", "gates.csv", "effort.json")
TEACHER = {"patch_size": 8, "embed_dim": 32, "depth": 4, "num_heads": 2, "img_size": 32}
DISTILL = {
    "name": "swin", "seed": 0, "runtime": VALUES["runtime"], "student": SWIN,
    "initial_weights": "random", "alpha": 0.9, "beta": 0.1, "image_size": [64, 64],
    "num_views": 0, "view": {"scale": [0.5, 1.0], "ratio": [0.75, 1.33]}, "fit": FIT,
}  # fmt: skip


@pytest.fixture
def committee(tmp_path):
    torch.manual_seed(0)
    file = tmp_path / "teacher.safetensors"
    save_encoder(create_encoder("vit_tiny_patch16_224", TEACHER), file)
    teacher = {
        "model": "vit_tiny_patch16_224", "model_args": TEACHER, "weights": str(file),
        "levels": [0, 1, 2, 3],
    }  # fmt: skip
    return {"teachers": {"semantic": teacher}, "targets": "online", "standardise": False}


def test_stage_1_and_then_stage_2_train_every_path(tmp_path, committee):
    corpus, student = write_imagenet(tmp_path / "photos"), tmp_path / "student.safetensors"
    config = build(DistillConfig, DISTILL | {"committee": committee}, "params")
    distill(corpus, [], [], student, student.with_suffix(".json"), tmp_path / "1.csv",
            config=config)  # fmt: skip
    torch.manual_seed(config.seed)
    start = create_student(StudentConfig(**SWIN), {"semantic": 32}).state_dict()
    moved = load_student(student)[0].state_dict()
    assert all(not torch.equal(moved[key], start[key]) for key in moved if "tsap" in key)

    method = {"name": "sak_swin/all", "student": "swin", "fusion": "mixture", "gamma": 1.0}
    config = build(DownstreamConfig, VALUES | method | {"committee": committee}, "params")
    out = tmp_path / "model.safetensors"
    files = [out.with_suffix(".json"), *(tmp_path / name for name in WRITTEN)]
    downstream(write_nyud(tmp_path / "NYUDv2"), [student], [], [], out, *files, config=config)
    network, described = load_model(out)
    again = network.student.state_dict()
    assert all(not torch.equal(again[key], moved[key]) for key in again if "carries" in key)
    count = sum(p.numel() for p in network.parameters())
    assert Costs().training(described, everything, distilled=True).trained == count


def test_a_plain_swin_is_a_baseline(tmp_path):
    plain = {"plain_student": SWIN | {"biases": "none"}, "name": "multi_task_swin/all"}
    out = tmp_path / "model.safetensors"
    files = [out.with_suffix(".json"), *(tmp_path / name for name in WRITTEN)]
    config = build(DownstreamConfig, VALUES | plain, "params")
    downstream(write_nyud(tmp_path / "NYUDv2"), [], [], [], out, *files, config=config)
    network, _ = load_model(out)
    assert {key.split(".")[0] for key in network.student.state_dict()} == {"vit"}
