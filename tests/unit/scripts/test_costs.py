"""The rules about costs: a student beside its teachers, and the rows of any table."""

import json
from itertools import chain

import costs as script
import pytest
import table_costs
import torch
from small_models import STUDENT, config, vta_config

from polytask.costs import latency, measuring
from polytask.errors import UserError
from polytask.models.files import save_model
from polytask.models.multitask import build_model
from polytask.pipeline.arguments import build

RUN = {"seed": 0, "runtime": {"device": "cpu", "precision": "fp32"}}
ARGS = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2}
TEACHER = {"model": "vit_tiny_patch16_224", "model_args": ARGS, "weights": "random",
           "levels": [0, 1]}  # fmt: skip
VALUES = {
    **RUN, "title": "SAK", "single_task": "Single-task", "multi_task": "Multi-task",
    "teachers": {"near": TEACHER, "far": TEACHER}, "image_size": [32, 32],
}  # fmt: skip
ADAPTER = {
    "norm": "group", "num_groups": 4, "scale_tokens": True, "freeze_vit": True, "stem_width": 8,
    "num_points": 2, "value_ratio": 0.5, "ffn_ratio": 0.25, "extra_extractors": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def two_turns(monkeypatch):
    monkeypatch.setattr(latency, "WARM_UP", 0)
    monkeypatch.setattr(measuring.measure, "__kwdefaults__", {"turns": 2})


@pytest.fixture
def made(tmp_path):
    """Write a model of this configuration to a folder of this name; returns its file."""

    def make(name: str, described: dict):
        torch.manual_seed(0)
        file = tmp_path / name / "model.safetensors"
        file.parent.mkdir(parents=True)
        save_model(file, build_model(described), described)
        return file

    return make


def sak_config() -> dict:
    student = {**STUDENT, "biases": "adapter_paths"}
    teachers = {"near": 32, "far": 32}
    return {
        **config("semseg", "depth"), "student": student, "teacher_dims": teachers,
        "fusion": "mixture",
    }  # fmt: skip


def test_a_student_is_measured_beside_its_teachers(made, tmp_path):
    singles = [made(f"single/{task}", config(task)) for task in ("semseg", "depth")]
    multi = made("multi/all", config("semseg", "depth"))
    out = tmp_path / "costs.json"
    values = build(script.CostsConfig, VALUES, "config")
    script.costs([made("sak/all", sak_config())], singles, [multi], [], out, config=values)
    rows = {row["name"]: row for row in json.loads(out.read_text())["rows"]}
    assert list(rows) == [
        "student_with_heads", "student", "teacher_near", "teacher_far", "teachers",
        "teachers_with_heads", "single_task", "multi_task",
    ]  # fmt: skip
    flops = {name: row["flops"] for name, row in rows.items()}
    assert flops["teachers"] == flops["teacher_near"] + flops["teacher_far"]
    assert flops["student"] < flops["student_with_heads"] < flops["teachers_with_heads"]
    assert flops["multi_task"] < flops["single_task"]
    assert rows["student_with_heads"]["title"] == "SAK, all tasks"
    assert all(row["latency_ms"] > 0 and row["memory_mb"] > 0 for row in rows.values())


def test_a_model_per_task_is_no_student(made, tmp_path):
    singles = [made(f"single/{task}", config(task)) for task in ("semseg", "depth")]
    values = build(script.CostsConfig, VALUES, "config")
    with pytest.raises(UserError, match=r"report\.show: SAK is a model per task"):
        script.costs(singles, [], [], [], tmp_path / "costs.json", config=values)


def test_rows_of_every_paper_are_measured_alike(made, tmp_path):
    adapted = config("semseg", "depth")
    adapted["student"] = {**adapted["student"], "adapter": ADAPTER}
    files = {
        "sak": [made("sak/all", sak_config())],
        "vta": [made("vta/all", vta_config())],
        "adapted": [made("adapted/all", adapted)],
        "single_task": [made(f"single/{task}", config(task)) for task in ("semseg", "depth")],
    }
    rows = {
        name: {"title": name.title(), "num_models": len(each), "image_size": [32, 32]}
        for name, each in files.items()
    }
    values = build(table_costs.TableCostsConfig, {**RUN, "rows": rows}, "config")
    out = tmp_path / "costs.json"
    table_costs.table_costs([*chain(*files.values())], out, config=values)
    found = {row["name"]: row for row in json.loads(out.read_text())["rows"]}
    assert list(found) == list(files)
    for name, row in found.items():
        assert row["flops"] > 0 and row["memory_mb"] > 4e-6 * row["parameters"], name
