"""Models that are as small as they can be: a base, and what fine-tuning it would leave."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from polytask.models.files import MODEL_FORMAT, save_model
from polytask.models.multitask import build_model

STUDENT = {
    "model": "vit_tiny_patch16_224",
    "model_args": {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
    "image_size": [32, 32],
    "levels": [0, 1],
    "biases": "none",
}
OUTPUTS = {"semseg": 5, "depth": 1}


def config(*tasks: str) -> dict:
    return {
        "format": MODEL_FORMAT,
        "student": STUDENT,
        "teacher_dims": {},
        "fusion": "stem",
        "tasks": {task: OUTPUTS[task] for task in tasks},
        "classes": ["a", "b", "c", "d", "e"],
    }


def make_base(file: Path) -> Path:
    """A plain timm ViT, with the final norm that a student has no use for."""
    torch.manual_seed(0)
    vit = build_model(config("depth")).student.vit
    state = {**vit.state_dict(), "norm.weight": torch.ones(32), "norm.bias": torch.zeros(32)}
    save_file(state, file)
    return file


def make_single_task(folder: Path, base: Path) -> list[Path]:
    """A folder per task, each with a model."""
    models = []
    for task in OUTPUTS:
        torch.manual_seed(len(task))
        model = build_model(config(task))
        origin = {k: v for k, v in load_file(base).items() if not k.startswith("norm.")}
        model.student.vit.load_state_dict(
            {k: v + 0.01 * torch.randn_like(v) for k, v in origin.items()}
        )
        save_model(folder / task / "model.safetensors", model, config(task))
        models.append(folder / task)
    return models


def vta_config() -> dict:
    """A VTA model of two adapters on a frozen plain ViT."""
    backbone = {
        "model": "vit_tiny_patch16_224",
        "model_args": {"img_size": 32, "patch_size": 8, "embed_dim": 16, "depth": 2,
                       "num_heads": 2},
        "at": ["blocks.0", "blocks.1"], "skips": ["blocks.0", "blocks.1"],
    }  # fmt: skip
    return {
        "format": MODEL_FORMAT,
        "vta": {
            "backbone": backbone, "frozen": True,
            "adapter": {"window": 2, "bottleneck": 4, "task_dim": 4, "taa": True, "tsn": True},
            "decoder": {"dim": 16, "window": 2, "num_heads": 2},
        },
        "tasks": dict(OUTPUTS), "classes": ["a", "b", "c", "d", "e"],
        "teacher_dims": {}, "student": {"image_size": [32, 32]},
    }  # fmt: skip
