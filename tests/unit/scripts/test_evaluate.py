"""metrics.json says what was measured and how, and a protocol changes the number, not the model."""

import json

import numpy as np
import pytest
from evaluate import EvaluateConfig, evaluate
from PIL import Image

from polytask.data.catalogue import DatasetConfig
from polytask.training.runtime import RuntimeConfig


@pytest.fixture
def labelled(tmp_path):
    """Three images of the NYUD-v2 layout with semantic classes 0 and 1 of five, and depth."""
    rng = np.random.default_rng(0)
    root, names = tmp_path / "data", ["1", "2", "3"]
    for folder in ("images", "segmentation", "depth", "gt_sets"):
        (root / folder).mkdir(parents=True)
    for name in names:
        image = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(image).save(root / f"images/{name}.png")
        classes = rng.integers(1, 3, (32, 32), dtype=np.uint8)
        Image.fromarray(classes).save(root / f"segmentation/{name}.png")
        np.save(root / f"depth/{name}.npy", rng.uniform(1, 5, (32, 32)).astype(np.float32))
    (root / "gt_sets/test.txt").write_text("\n".join(names))
    return root


def measured(labelled, single_task, protocols):
    config = EvaluateConfig(
        name="single", title="Single", seed=0, dataset_name="tiny", batch_size=2, num_samples=1,
        runtime=RuntimeConfig(device="cpu", precision="fp32"),
        dataset=DatasetConfig(
            root=str(labelled), tasks=("semseg", "depth"), num_classes=5, image_size=(32, 32),
            train_split="train", test_split="test", edge_max_dist=0.011, protocols=protocols,
        ),
    )  # fmt: skip
    metrics = labelled.parent / "metrics.json"
    models = [folder / "model.safetensors" for folder in single_task]
    evaluate(labelled, models, metrics, labelled.parent / "samples.npz", config=config)
    return json.loads(metrics.read_text())["tasks"]


def test_what_was_chosen_is_measured_and_recorded(labelled, single_task, monkeypatch):
    monkeypatch.chdir(labelled.parent)
    default = measured(labelled, single_task, {})
    chosen = measured(labelled, single_task, {"semseg": "present_classes", "depth": "abs_error"})
    assert said(default) == {"semseg": ("mean_iou", "all_classes"), "depth": ("rmse", "rmse")}
    assert said(chosen) == {
        "semseg": ("mean_iou", "present_classes"), "depth": ("abs_error", "abs_error"),
    }  # fmt: skip
    assert chosen["semseg"]["value"] >= default["semseg"]["value"]
    assert 0 < chosen["depth"]["value"] < default["depth"]["value"]


def said(tasks):
    return {name: (about["metric"], about["protocol"]) for name, about in tasks.items()}
