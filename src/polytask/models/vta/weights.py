"""Where the weights of a VTA model's backbone come from."""

from pathlib import Path

import timm

from polytask.models.files import CLASSIFIER_KEYS, load_state, load_weights
from polytask.models.vta.frozen import final_norms
from polytask.models.vta.model import VtaModel


def initialise_backbone(model: VtaModel, weights: str | Path) -> None:
    """Start the backbone from a safetensors file with timm's names, or "hub" for timm's own.

    Position embeddings are resampled; the final norm and the classifier are left over. Raises
    UserError as load_weights.
    """
    encoder, config = model.backbone.encoder, model.config.backbone
    unused = (*CLASSIFIER_KEYS, *(f"{name}." for name in final_norms(encoder)))
    if weights != "hub":
        load_weights(encoder, weights, unused=unused)
        return
    published = timm.create_model(config.model, pretrained=True, **config.model_args)
    load_state(encoder, published.state_dict(), f"hub:{config.model}", unused)
