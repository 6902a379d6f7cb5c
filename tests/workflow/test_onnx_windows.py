"""Graphs of windows and sampled places, which take long to trace: VTA, Swin, Argus' adapter."""

from dataclasses import asdict

import pytest
import tiny_argus
import torch
from small_models import STUDENT, config, vta_config

from polytask.export.agreement import check_graph
from polytask.export.graph import write_graph
from polytask.models.multitask import build_model

pytest.importorskip("onnxruntime")


def of_vta() -> dict:
    described = {**vta_config(), "tasks": {"depth": 1}}
    described["vta"]["backbone"] |= {"at": ["blocks.1"], "skips": ["blocks.0"]}
    return described


def staged() -> dict:
    args = {"embed_dim": 16, "depths": [2, 2], "num_heads": [1, 2], "window_size": 4}
    swin = {"model": "swin_tiny_patch4_window7_224", "model_args": args, "levels": [0, 1]}
    swin |= {"image_size": [32, 32], "biases": "adapter_paths"}
    return {**config("depth"), "student": swin, "teacher_dims": {"one": 32}, "fusion": "mixture"}


def adapted() -> dict:
    adapter = asdict(tiny_argus.ADAPTER)
    return {**config("depth"), "student": {**STUDENT, "levels": [1], "adapter": adapter}}


@pytest.mark.parametrize("described", [of_vta, staged, adapted])
def test_the_graph_gives_the_same_maps(tmp_path, described):
    torch.manual_seed(0)
    model, file = build_model(described()).eval(), tmp_path / "model.onnx"
    write_graph(model, ["depth"], (32, 32), file, {})
    check_graph(file, model, ["depth"], (32, 32))
