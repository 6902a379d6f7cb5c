"""Where an encoder's weights come from: timm's hub, a safetensors file, or a random start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from polytask.disk import replacing
from polytask.errors import UserError
from polytask.models.encoder import create_encoder
from polytask.models.files import load_weights

CLASSIFIER = ("head.", "fc_norm.")
"""What a file may hold beyond an encoder: a classifier, which teachers have no use for."""


def load_encoder(model: str, model_args: Mapping[str, Any], weights: str) -> nn.Module:
    """Build a timm vision transformer without classifier that takes images of any size.

    `weights`: "hub", "random" or a safetensors file with timm's names. Raises UserError for a
    model that timm does not know and for weights that are missing or do not fit.
    """
    if weights == "hub":
        return _from_hub(model, model_args)
    encoder = create_encoder(model, model_args, pretrained=False)
    if weights != "random":
        load_weights(encoder, weights, unused=CLASSIFIER)
    return encoder


def save_encoder(encoder: nn.Module, path: Path) -> None:
    """Write an encoder's weights as safetensors; the file appears at once or not at all."""
    with replacing(path) as partial:
        save_file({k: v.detach().contiguous() for k, v in encoder.state_dict().items()}, partial)


def _from_hub(model: str, model_args: Mapping[str, Any]) -> nn.Module:
    try:
        return create_encoder(model, model_args, pretrained=True)
    except UserError:
        raise
    except Exception as error:  # the hub's client raises many kinds; all mean "no weights"
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"teacher {model}: its weights cannot be had from the hub ({reason}); "
            "give a local .safetensors file as `weights`"
        ) from error
