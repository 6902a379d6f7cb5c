"""Models of a few thousand parameters: 4 blocks of width 32, patches of 8 px, images of 32 px."""

import pytest
import torch

TINY_VIT = {"patch_size": 8, "embed_dim": 32, "depth": 4, "num_heads": 2}
TEACHER_DIMS = {"semantic": 32, "boundary": 48}
TASKS = {"semseg": 5, "edge": 1}


@pytest.fixture
def student_values() -> dict:
    return {
        "model": "vit_tiny_patch16_224",
        "model_args": dict(TINY_VIT),
        "image_size": [32, 32],
        "levels": [0, 1, 2, 3],
    }


@pytest.fixture
def config(student_values) -> dict:
    return {
        "format": "polytask.model/1",
        "student": student_values,
        "teacher_dims": dict(TEACHER_DIMS),
        "fusion": "mixture",
        "tasks": dict(TASKS),
        "classes": ["wall", "floor", "chair", "table", "lamp"],
    }


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)
