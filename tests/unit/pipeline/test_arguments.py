"""Parameters become the dataclasses that a rule declares, or a line that names the wrong key."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from polytask.errors import UserError
from polytask.pipeline.arguments import build


@dataclass(frozen=True, kw_only=True)
class Fit:
    lr: float
    schedule: Literal["cosine", "polynomial"] = "cosine"
    levels: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Config:
    fit: Fit
    size: tuple[int, int] | None = None
    weights: dict[str, float] | None = None
    teachers: dict[str, Fit] | None = None
    root: Path | None = None
    model_args: dict[str, Any] | None = None
    start: Literal["hub"] | int = "hub"


def test_nested_mappings_become_nested_dataclasses():
    config = build(
        Config,
        {
            "fit": {"lr": 1, "levels": [1, 3]},
            "size": [96, 128],
            "weights": {"edge": 50},
            "teachers": {"sam": {"lr": 0.5}},
            "root": "data",
            "model_args": {"any": [1, {"thing": None}]},
            "start": 3,
        },
        "config",
    )
    assert config == Config(
        fit=Fit(lr=1.0, levels=(1, 3)),
        size=(96, 128),
        weights={"edge": 50.0},
        teachers={"sam": Fit(lr=0.5)},
        root=Path("data"),
        model_args={"any": [1, {"thing": None}]},
        start=3,
    )
    assert isinstance(config.fit.lr, float)


def test_an_absent_optional_value_stays_none():
    assert build(Config, {"fit": {"lr": 1.0}, "size": None}, "config").size is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"fit": {"lr": 1, "shedule": 1}}, "config.fit: unknown key `shedule`; did you mean"),
        ({"fit": {}}, "config.fit: missing key `lr`"),
        ({"fit": {"lr": "fast"}}, "config.fit.lr: expected float, got 'fast'"),
        ({"fit": {"lr": True}}, "config.fit.lr: expected float, got True"),
        ({"fit": {"lr": 1, "schedule": "step"}}, "config.fit.schedule: expected one of 'cosine'"),
        ({"fit": {"lr": 1, "levels": [1, "x"]}}, r"config.fit.levels\[1\]: expected int"),
        ({"fit": {"lr": 1}, "size": [1, 2, 3]}, "config.size: expected 2 values"),
        ({"fit": [1]}, "config.fit: expected a mapping"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named(value, message):
    with pytest.raises(UserError, match=message) as error:
        build(Config, value, "config")
    assert "\n" not in str(error.value)
