"""Models of timm by name, with errors that say which value is wrong."""

from collections.abc import Mapping
from typing import Any

import timm
from torch import nn

from polytask.errors import UserError


def create_model(
    model: str, model_args: Mapping[str, Any], own: Mapping[str, Any], *, like: str,
    pretrained: bool = False, set_by: str = "here already",
) -> nn.Module:  # fmt: skip
    """The model with `model_args`, beside what its user sets itself (`own`).

    Raises UserError for a model that timm does not know (`like` is a pattern of those that are
    meant) and for arguments that it does not take or that are set already, `set_by` says where.
    """
    if not timm.is_model(model):
        raise UserError(f"timm has no model {model!r}: see timm.list_models({like!r})")
    if clash := sorted({*own, "pretrained"} & model_args.keys()):
        raise UserError(f"model_args of {model}: {clash[0]!r} is set {set_by}; remove it")
    try:
        return timm.create_model(model, pretrained=pretrained, **own, **model_args)
    except TypeError as error:
        raise UserError(f"model_args of {model}: {error}") from error
