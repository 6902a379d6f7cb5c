"""Stage 2 again: repetition 0 is the training as it was, others have other weights and orders."""

import downstream as script
import pytest
import torch
from downstream import DownstreamConfig, downstream, objective
from miniatures.nyud import write_nyud
from safetensors.torch import load_file

from polytask.pipeline.arguments import build
from polytask.training.runtime import Runtime

VALUES = {
    "name": "multi_task/all", "seed": 0, "runtime": {"device": "cpu", "precision": "fp32"},
    "student": None, "start": None, "frozen": False, "share": 0.5, "encoder": None,
    "balancing": {"method": "fixed"}, "fusion": "stem", "head": "conv", "gamma": 0.0,
    "tasks": ["depth"],
    "dataset": {
        "root": "", "tasks": ["depth"], "num_classes": 40, "image_size": [24, 32],
        "train_split": "train", "test_split": "val", "edge_max_dist": 0.01,
    },
    "task_weights": {"depth": 1.0}, "losses": {"edge_pos_weight": 0.95, "normals_loss": "l1"},
    "plain_student": {
        "model": "vit_tiny_patch16_224",
        "model_args": {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
        "image_size": [24, 32], "levels": [0, 1], "biases": "none",
    },
    "initial_weights": "random",
    "committee": {"teachers": {}, "targets": "online", "standardise": False},
    "alpha": 0.9, "beta": 0.1, "num_views": 2,
    "view": {"scale": [1.0, 1.5], "cat_max_ratio": 0.75, "photometric": False},
    "fit": {
        "steps": 1, "batch_size": 2, "lr": 1e-9, "weight_decay": 0.0, "schedule": "cosine",
        "warmup_steps": 0, "warmup_lr": 1.0, "final_lr": 1.0, "clip_norm": 1.0, "log_every": 1,
        "checkpoint_every": 2, "num_workers": 0,
    },
}  # fmt: skip


def configured(**values) -> DownstreamConfig:
    return build(DownstreamConfig, VALUES | values, "params")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    return write_nyud(tmp_path_factory.mktemp("data") / "NYUDv2")


def trained(folder, labelled, **values):
    """The model of a training in `folder`."""
    folder.mkdir()
    out = folder / "model.safetensors"
    names = ("curves.csv", "gates.csv", "effort.json")
    files = [out.with_suffix(".json"), *(folder / name for name in names)]
    downstream(labelled, [], [], [], out, *files, config=configured(**values))
    return out


def test_the_first_repetition_is_the_training_without_one(tmp_path, labelled):
    plain = trained(tmp_path / "plain", labelled)
    first = trained(tmp_path / "first", labelled, repetition=0)
    assert first.read_bytes() == plain.read_bytes()


def test_another_one_starts_from_other_weights_and_repeats_exactly(tmp_path, labelled):
    first = load_file(trained(tmp_path / "first", labelled))
    other = trained(tmp_path / "other", labelled, repetition=1)
    again = trained(tmp_path / "again", labelled, repetition=1)
    assert again.read_bytes() == other.read_bytes()
    weights = [key for key, value in first.items() if value.ndim == 4]
    assert weights
    assert not any(torch.allclose(first[key], load_file(other)[key], rtol=0.1) for key in weights)


def test_it_takes_the_same_share_and_another_order(tmp_path, labelled, monkeypatch):
    shares, orders = [], []
    part, batches = script.Part, script.train_batches
    monkeypatch.setattr(script, "Part", lambda *a: shares.append(part(*a)) or shares[-1])
    monkeypatch.setattr(
        script, "train_batches", lambda *a, **k: orders.append(k["seed"]) or batches(*a, **k)
    )
    for number in (0, 1):
        trained(tmp_path / str(number), labelled, repetition=number)
    assert shares[0].indices == shares[1].indices
    assert shares[0].dataset.seed == shares[1].dataset.seed == 0
    assert orders[0] == 0 != orders[-1]


def test_teachers_are_asked_for_the_views_of_the_seed(monkeypatch):
    views = []

    class Committee:
        targets, dims = None, ()

    monkeypatch.setattr(script, "open_committee", lambda *a: views.append(a[2]) or Committee)
    for number in (0, 1):
        config = configured(repetition=number, gamma=1.0)
        objective(config, Runtime(torch.device("cpu"), None), [], None, ())
    assert views[0] == views[1]
    assert views[0]["seed"] == VALUES["seed"]
