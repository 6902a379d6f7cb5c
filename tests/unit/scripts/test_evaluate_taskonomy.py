"""The five tasks of SIMO's Table 3 from files to numbers and pictures."""

import json

import numpy as np
import pytest
import torch
from evaluate import EvaluateConfig, evaluate
from miniatures.taskonomy import write_simo
from small_models import STUDENT, config

from polytask.data.catalogue import DatasetConfig
from polytask.data.sampling import batches
from polytask.data.taskonomy.simo import SimoTaskonomyLayout
from polytask.data.views import ScaleAndCrop
from polytask.losses.multitask import LossConfig
from polytask.models.files import save_model
from polytask.models.multitask import build_model
from polytask.reporting.sheets import scenes
from polytask.tasks import num_outputs
from polytask.training.objectives import MultiTaskObjective
from polytask.training.runtime import RuntimeConfig

TASKS = ("autoencoder", "depth", "normals", "edge_texture", "keypoints")
MODEL = {
    **config(),
    "student": {**STUDENT, "image_size": [16, 16]},
    "tasks": {task: num_outputs(task, 17) for task in TASKS},
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SimoTaskonomyLayout, "file_hw", (24, 24))
    return write_simo(tmp_path / "taskonomy", ["simo_val"])


def described(root):
    return DatasetConfig(
        root=str(root), layout="taskonomy_simo", tasks=TASKS, num_classes=17, image_size=(16, 16),
        train_split="simo_val", test_split="simo_val", edge_max_dist=0.011,
        protocols={"depth": "abs_error_log", "normals": "abs_error"},
    )  # fmt: skip


def test_all_five_are_measured_as_in_table_3_and_pictured(root, tmp_path):
    """A network that says 0 everywhere errs by the mean of what is true, hence within 0 and 1."""
    torch.manual_seed(0)
    model = build_model(MODEL)
    for parameter in model.heads.parameters():
        torch.nn.init.zeros_(parameter)
    save_model(tmp_path / "model.safetensors", model, MODEL)
    judged = EvaluateConfig(
        name="zero", title="Zero", seed=0, dataset_name="taskonomy_simo", batch_size=3,
        num_samples=2, runtime=RuntimeConfig(device="cpu", precision="fp32"),
        dataset=described(root),
    )  # fmt: skip
    metrics, samples = tmp_path / "metrics.json", tmp_path / "samples.npz"
    evaluate(root, [tmp_path / "model.safetensors"], metrics, samples, config=judged)
    found = json.loads(metrics.read_text())["tasks"]
    protocols = {task: about["protocol"] for task, about in found.items()}
    assert protocols == dict.fromkeys(TASKS, "abs_error") | {"depth": "abs_error_log"}
    assert all(0 < about["value"] < 1 for about in found.values())
    with np.load(samples) as kept:
        shown = list(scenes({"zero": dict(kept)}, {"zero": "Zero"}, TASKS, count=2))
    assert [len(pictures) for _, pictures in shown[1].rows] == [5, 5]


def test_a_step_of_training_knows_no_nan(root):
    """Padding of every task is unlabelled in another way; none reaches a loss or a gradient."""
    view = ScaleAndCrop(scale=(1.0, 1.0), cat_max_ratio=1.0, photometric=False)
    data = described(root).open(root, "simo_val", view)
    model, losses = build_model(MODEL), LossConfig(edge_pos_weight=0.95, normals_loss="raw_l1")
    objective = MultiTaskObjective(dict.fromkeys(TASKS, 1.0), losses)
    (batch,) = batches(data, 8, 1, seed=0, num_views=0)
    assert batch["keypoints"].isnan().any() and batch["autoencoder"].isnan().any()
    parts = objective(model, batch)
    parts["loss"].backward()
    assert all(parts[task].isfinite() and parts[task] > 0 for task in TASKS)
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)
