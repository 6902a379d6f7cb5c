"""Where an encoder's weights come from: a hub, a safetensors file, or a random start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from polytask.disk import replacing
from polytask.errors import UserError
from polytask.models.files import load_state, load_weights
from polytask.models.timm_encoders import create_encoder
from polytask.teachers.released.reading import read_released

CLASSIFIER = ("head.", "fc_norm.", "attn_pool.")
"""What a file may hold beyond an encoder: a classifier, which teachers have no use for."""
REPOSITORY = "hub:"
"""Before the name of a repository on Hugging Face where RADIO or Theia was released."""


def load_encoder(model: str, model_args: Mapping[str, Any], weights: str) -> nn.Module:
    """Build a timm vision transformer without classifier that takes images of any size.

    `weights`: "hub" (timm downloads them), "hub:OWNER/NAME" (RADIO's or Theia's there), "random" or
    a safetensors file with timm's names. Raises UserError for a model that timm does not know and
    for weights that are missing or do not fit.
    """
    if weights == "hub":
        return _from_hub(model, model_args)
    encoder = create_encoder(model, model_args, pretrained=False)
    if weights.startswith(REPOSITORY):
        _load_released(encoder, model, weights)
    elif weights != "random":
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
        raise _unreachable(model, error) from error


def _load_released(encoder: nn.Module, model: str, weights: str) -> None:
    from huggingface_hub import hf_hub_download  # late: slow, and seldom asked

    try:
        file = hf_hub_download(weights.removeprefix(REPOSITORY), "model.safetensors")
    except Exception as error:
        raise _unreachable(model, error) from error
    released = read_released(load_file(file), weights)
    try:
        load_state(encoder, released.weights, weights)
    except UserError as error:
        fitting = f"model: {released.model}, model_args: {released.model_args}"
        raise UserError(f"{error}; its entry in teachers needs {fitting}") from error


def _unreachable(model: str, error: Exception) -> UserError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return UserError(
        f"teacher {model}: its weights cannot be had from the hub ({reason}); "
        "give a local .safetensors file as `weights`"
    )
