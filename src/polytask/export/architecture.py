"""What cards say of models that no student is in: VTA's, and heads on an encoder."""

from collections.abc import Mapping
from typing import Any

from polytask.models.encoder import EncoderConfig, EncoderUnderHeads
from polytask.models.multitask import AnyStudent, MultiTaskModel
from polytask.models.sak import StudentConfig
from polytask.models.vta.config import BackboneConfig, VtaConfig
from polytask.models.vta.model import VtaModel

Network = MultiTaskModel | VtaModel | AnyStudent


def student_of(network: Network) -> AnyStudent | None:
    """The student in a model, where there is one."""
    found = getattr(network, "student", network)
    return found if isinstance(found, AnyStudent) else None


def sees(network: Network) -> StudentConfig | EncoderConfig | BackboneConfig:
    """The part of a model's configuration whose `mean` and `std` normalise its images."""
    if isinstance(network, VtaModel):
        return network.config.backbone
    return getattr(network, "student", network).config


def lines(network: Network, config: Mapping[str, Any]) -> list[str]:
    """How such a model is built, a line each; none for one with a student."""
    if isinstance(network, VtaModel):
        return [*_of_vta(network.config), _trained_at(config)]
    backbone = getattr(network, "student", None)
    if isinstance(backbone, EncoderUnderHeads):
        return [*_of_encoder(backbone.config, config), _trained_at(config)]
    return []


def image_size_of(config: Mapping[str, Any]) -> tuple[int, int]:
    """The (H, W) pixels that a model was trained at; one number stands for a square."""
    size = config["student"]["image_size"]
    return (size, size) if isinstance(size, int) else tuple(size)


def _of_vta(vta: VtaConfig) -> list[str]:
    backbone = _model(vta.backbone.model, vta.backbone.model_args)
    trained = "frozen" if vta.frozen else "trained with the rest"
    adapters = "Without adapters"
    if vta.adapter is not None:
        window = vta.adapter.window
        adapters = (
            f"VTA's adapters beside {', '.join(vta.backbone.at)}, which all tasks share, with "
            f"windows of {window} x {window} tokens"
        )
    skips = ", ".join(vta.backbone.skips) or "nothing"
    return [
        f"Backbone: {backbone}, {trained}.",
        f"{adapters}; a decoder of four stages per task, guided by {skips}.",
    ]


def _of_encoder(encoder: EncoderConfig, config: Mapping[str, Any]) -> list[str]:
    size = f", at {encoder.resolution} pixels on the longest side" if encoder.resolution else ""
    blocks = ", ".join(map(str, encoder.levels))
    return [
        f"Encoder: {_model(encoder.model, encoder.model_args)}{size}; levels are the "
        f"outputs of its blocks {blocks}, counted from 0.",
        f"On it a head `{config.get('head', 'conv')}` per task.",
    ]


def _model(name: str, arguments: Mapping[str, Any]) -> str:
    return f"timm's `{name}`" + (f" with {dict(arguments)}" if arguments else "")


def _trained_at(config: Mapping[str, Any]) -> str:
    height, width = image_size_of(config)
    return f"Trained at {height} x {width} pixels (height x width)."
