"""Representation re-alignment of a merged model: low-rank paths added, all else as it is."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from polytask.errors import UserError
from polytask.models.low_rank import Realignment
from polytask.models.multitask import MultiTaskModel, build_model

PATHS = "student.realignment."
HEADS = "heads."


def with_realignment(
    model: MultiTaskModel, config: Mapping[str, Any], realignment: Realignment, rank: int = 16
) -> tuple[MultiTaskModel, dict[str, Any]]:
    """Return a model with the weights of `model` and fresh paths, and its configuration.

    It predicts what `model` does, bit for bit, until it is trained. `model` and `config` are those
    of `load_model`; the new model is on the CPU, in the same mode. Raises UserError where `model`
    has paths already (SIMO, section 5.0.2).
    """
    student = config["student"]
    if (present := student.get("realignment", "none")) != "none":
        raise UserError(f"student realignment: the model has {present!r} already; name one without")
    added = {"realignment": realignment, "realignment_rank": rank}
    described = {**config, "student": {**student, **added}}
    realigned = build_model(described)
    fresh = {key: value for key, value in realigned.state_dict().items() if key.startswith(PATHS)}
    realigned.load_state_dict({**model.state_dict(), **fresh})
    return realigned.train(model.training), described


def trained_parameters(model: MultiTaskModel, with_heads: bool = True) -> dict[str, nn.Parameter]:
    """Return what re-alignment trains, by name: the paths and, as the paper says, the heads.

    The official code trains the paths alone (`with_heads` false).
    """
    chosen = (PATHS, HEADS) if with_heads else (PATHS,)
    return {name: value for name, value in model.named_parameters() if name.startswith(chosen)}


def train_realignment(model: MultiTaskModel, with_heads: bool = True) -> None:
    """Let `trained_parameters` have gradients, and freeze all else."""
    model.requires_grad_(False)
    for parameter in trained_parameters(model, with_heads).values():
        parameter.requires_grad_(True)
