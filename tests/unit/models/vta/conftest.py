"""VTA models of a few thousand parameters, one per family of backbones."""

from copy import deepcopy

import pytest
import torch

from polytask.models.multitask import build_model

STAGES = {"embed_dim": 16, "depths": [1, 1, 2, 1], "num_heads": [1, 1, 2, 2], "window_size": 4}
BACKBONES = {
    "vit": {
        "model": "vit_tiny_patch16_224",
        "model_args": {
            "img_size": 32, "patch_size": 8, "embed_dim": 16, "depth": 4, "num_heads": 2,
            "reg_tokens": 1,
        },
        "at": ["blocks.2", "blocks.3"],
        "skips": ["blocks.0", "blocks.2"],
    },
    "swin": {
        "model": "swin_tiny_patch4_window7_224",
        "model_args": {"img_size": 64, **STAGES},
        "at": ["layers.2.blocks.0", "layers.2.blocks.1", "layers.3.blocks.0"],
        "skips": ["layers.0.blocks.0", "layers.1.blocks.0", "layers.2.blocks.1"],
    },
    "pvt": {
        "model": "pvt_v2_b0",
        "model_args": {
            "depths": [1, 1, 2, 1], "embed_dims": [8, 16, 24, 32], "num_heads": [1, 2, 2, 2],
        },
        "at": ["stages.2.blocks.0", "stages.2.blocks.1", "stages.3.blocks.0"],
        "skips": ["stages.0.blocks.0", "stages.1.blocks.0"],
    },
}  # fmt: skip
BACKBONES["swinv2"] = {**BACKBONES["swin"], "model": "swinv2_tiny_window8_256"}
TASKS = {"semseg": 5, "depth": 1, "normals": 3, "edge": 1}


def small(family: str = "vit") -> dict:
    return {
        "format": "polytask.model/1",
        "vta": {
            "backbone": deepcopy(BACKBONES[family]),
            "frozen": True,
            "adapter": {"window": 3, "bottleneck": 4, "task_dim": 6, "taa": True, "tsn": True},
            "decoder": {"dim": 32, "window": 3, "num_heads": 2},
        },
        "tasks": dict(TASKS),
        "classes": ["wall", "floor", "chair", "table", "lamp"],
        "image_size": [32, 32],
        "teacher_dims": {},
        "student": {"image_size": [32, 32]},
    }


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def configuration():
    """The configuration of a model on a backbone of a family."""
    return small


@pytest.fixture
def config() -> dict:
    return small()


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model(config):
    return build_model(config).eval()


@pytest.fixture
def as_after_training():
    """Let every modulation say something, which at the start none does."""

    @torch.no_grad()
    def modulate(model) -> None:
        for name, weight in model.named_parameters():
            if ".film." in name:
                weight.normal_(std=0.5)

    return modulate
