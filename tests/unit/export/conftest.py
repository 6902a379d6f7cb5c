"""Models of every kind, small, and a project whose records know where one of them comes from."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_models import STUDENT, config, vta_config
from trees import Project

from polytask.disk import sha256_of
from polytask.models.files import STUDENT_FORMAT, save_model
from polytask.models.multitask import build_model, build_student
from polytask.models.realignment import trained_parameters, with_realignment

TEACHERS = {"semantic": 32, "boundary": 48}
ADAPTER = {
    "norm": "group", "num_groups": 4, "scale_tokens": True, "freeze_vit": True, "stem_width": 8,
    "num_points": 2, "value_ratio": 0.5, "ffn_ratio": 0.25, "extra_extractors": 0,
}  # fmt: skip
LABELLED = "results/data/rooms_labelled.tar"
MODEL = "results/downstream/sak/all/model.safetensors"
METRICS = "results/evaluate/sak/metrics.json"


def sak(path: Path) -> None:
    adapted = {"student": {**STUDENT, "biases": "adapter_paths"}, "teacher_dims": TEACHERS}
    described = {**config("semseg", "depth"), **adapted, "fusion": "mixture"}
    save_model(path, build_model(described), described)


def multi_task(path: Path) -> None:
    described = config("semseg", "depth")
    save_model(path, build_model(described), described)


def single_task(path: Path) -> None:
    described = {**config("depth"), "head": "linear", "classes": []}
    save_model(path, build_model(described), described)


def realigned(path: Path) -> None:
    merged = config("semseg", "depth")
    model, described = with_realignment(build_model(merged), merged, "low_rank", rank=4)
    for parameter in trained_parameters(model, with_heads=False).values():
        torch.nn.init.normal_(parameter.data, std=0.1)
    save_model(path, model, described)


def adapted(path: Path) -> None:
    described = config("semseg", "depth")
    described["student"] = {**described["student"], "adapter": ADAPTER}
    save_model(path, build_model(described), described)


def decoded(path: Path) -> None:
    sizes = {
        "width": 8, "ranks": [2, 3], "task_rank": 2, "top_k": 1, "renormalise": False,
        "num_modules": 1, "positions": [2, 2],
    }  # fmt: skip
    described = {**config("semseg", "depth"), "head": "mlore", "mlore": sizes}
    save_model(path, build_model(described), described)


def staged(path: Path) -> None:
    args = {"embed_dim": 16, "depths": [2, 2], "num_heads": [1, 2], "window_size": 4}
    swin = {"model": "swin_tiny_patch4_window7_224", "model_args": args, "levels": [0, 1]}
    swin |= {"image_size": [32, 32], "biases": "adapter_paths"}
    described = {**config("semseg", "depth"), "student": swin, "teacher_dims": TEACHERS}
    described["fusion"] = "mixture"
    save_model(path, build_model(described), described)


def student(path: Path) -> None:
    described = {"format": STUDENT_FORMAT, "student": STUDENT, "teacher_dims": TEACHERS}
    save_model(path, build_student(described), described)


def vta(path: Path) -> None:
    described = vta_config()
    save_model(path, build_model(described), described)


def probed(path: Path) -> None:
    """A head on an encoder that sees in its own way."""
    encoder = {key: STUDENT[key] for key in ("model", "model_args", "levels")}
    encoder |= {"image_size": [32, 32], "resize": "exact", "mean": [0.5] * 3, "std": [0.25] * 3}
    encoder["model_args"] = {**encoder["model_args"], "img_size": 32}
    described = {**config("depth"), "student": encoder}
    save_model(path, build_model(described), described)


WITHOUT_STUDENT = (vta, probed)
KINDS = (sak, multi_task, single_task, realigned, adapted, decoded, staged, student)


@pytest.fixture
def made(tmp_path) -> Callable[..., Path]:
    """Write a model of a kind, outside of any project; returns its file."""

    def make(kind: Callable[[Path], None]) -> Path:
        torch.manual_seed(0)
        file = tmp_path / kind.__name__ / "model.safetensors"
        kind(file)
        return file

    return make


class Saved(Project):
    """A project that may record files as they lie on the disk: those whose text is None."""

    def _write(self, path, text):
        if text is not None:
            super()._write(path, text)

    def _fingerprint(self, path, text):
        if text is not None:
            return super()._fingerprint(path, text)
        file = self.root / path
        return {"path": path, "sha256": sha256_of(file), "size": file.stat().st_size}

    def _read(self, path):
        record = self.records.get(path)
        return self._fingerprint(path, None) | {"lineage": record["lineage"] if record else None}


@pytest.fixture
def project(tmp_path) -> Saved:
    """Rooms, a model that was trained on them, and what was measured on it."""
    found = Saved(tmp_path / "project")
    found.make(LABELLED, "pixels", "rooms", wildcards={"part": "labelled"})
    torch.manual_seed(0)
    sak(found.root / MODEL)
    train(found)
    judge(found)
    return found


def train(project: Saved, **changes) -> None:
    """Record that rule downstream made the model, of other parameters where these are given."""
    trained = {
        "seed": 3, "student": None, "start": None, "gamma": 0.0, "initial_weights": "random",
        "plain_student": {"model": "vit_base_patch16_384.augreg_in21k_ft_in1k"},
        "committee": {"teachers": {"sam": {"model": "samvit_base_patch16.sa1b", "weights": "hub"}}},
        "dataset": {"train_split": "train"}, "fit": {"steps": 160, "batch_size": 8}, **changes,
    }  # fmt: skip
    project.make(
        MODEL, None, "downstream", {"labelled": [LABELLED]}, config=trained,
        wildcards={"method": "sak", "tasks": "all"},
    )  # fmt: skip


def judge(project: Saved) -> None:
    """Record what was measured on the model as it is now."""
    metrics = {
        "dataset": "rooms", "split": "test", "num_images": 100,
        "tasks": {
            "semseg": {"metric": "mean_iou", "value": 26.784, "protocol": "present_classes"},
            "depth": {"metric": "rmse", "value": 0.77873, "protocol": "rmse"},
            "edge": {"metric": "ods_f_measure", "value": 47.0, "protocol": "seism"},
        },
    }  # fmt: skip
    inputs = {"labelled": [LABELLED], "models": [MODEL]}
    project.make(METRICS, json.dumps(metrics), "evaluate", inputs, config={"dataset_name": "rooms"})
