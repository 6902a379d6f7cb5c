"""Official checkpoints of ViTs that are scaled down: the widths 32, 48 and 64 play S, B and L."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from official_sak import Official, random_state

from polytask.official import layout

SIZES = {
    "small": {"dim": 32, "depth": 4, "num_heads": 2, "levels": (0, 1, 2, 3)},
    "base": {"dim": 48, "depth": 4, "num_heads": 3, "levels": (0, 1, 2, 3)},
    "large": {"dim": 64, "depth": 8, "num_heads": 4, "levels": (1, 3, 5, 7)},
}


@pytest.fixture(autouse=True)
def scaled_down(monkeypatch) -> None:
    sizes = {
        name: layout.Size(model=f"vit_{name}_patch16_384", **shape) for name, shape in SIZES.items()
    }
    monkeypatch.setattr(layout, "SIZES", sizes)


@pytest.fixture
def official() -> Callable[..., Official]:
    """Describe an official model, by default stage 1 of the smallest with teachers as wide."""

    def describe(size: str = "small", **values) -> Official:
        dim = SIZES[size]["dim"]
        teachers = {"dinov2": dim, "clip": dim, "sam": dim}
        return Official(**SIZES[size], **{"teachers": teachers, **values})

    return describe


@pytest.fixture
def saved(tmp_path) -> Callable[..., tuple[Path, dict]]:
    """Write a model's random tensors as the official trainings do; returns file and tensors."""

    def save(model: Official) -> tuple[Path, dict]:
        state = random_state(model)
        training = {
            "optimizer": {
                "state": {0: {"exp_avg": torch.zeros(2)}},
                "param_groups": [{"lr": 2e-5}],
            },
            "scheduler": {"last_epoch": 40000, "base_lrs": [2e-5]},
            "epoch": 31,
            "iter_count": 40000,
        }
        torch.save({"model": state, **training}, tmp_path / "checkpoint.pth")
        return tmp_path / "checkpoint.pth", state

    return save
