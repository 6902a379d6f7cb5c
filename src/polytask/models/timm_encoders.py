"""timm's plain vision transformers, bare of classifier, on images of any size.

Shapes: H W pixels of a patch.
"""

from collections.abc import Mapping
from typing import Any

import timm
from torch import nn

from polytask.errors import UserError
from polytask.models.timm_models import create_model

SIZED_IF_TOLD = ("vision_transformer", "vision_transformer_hybrid", "deit", "eva")
"""timm's files of models that take any size by `dynamic_img_size`."""
SIZED = ("vision_transformer_sam", "naflexvit")
"""Those of models that take any size as they are."""
NUM_LEVELS = 4


def create_encoder(
    model: str, model_args: Mapping[str, Any], *, pretrained: bool = False
) -> nn.Module:
    """A timm vision transformer without classifier that takes images of any size.

    It keeps the norm that its published weights have and this project has no use for. Raises
    UserError for a model that timm does not know or that is no plain vision transformer.
    """
    family = family_of(model)
    if family not in (None, *SIZED_IF_TOLD, *SIZED):
        raise UserError(
            f"{model} is not a plain vision transformer that takes images of any size: take one "
            "of timm's vit_*, deit_*, eva02_*, aimv2_*, samvit_* or naflexvit_*"
        )
    options: dict[str, Any] = {"num_classes": 0}
    if family in SIZED_IF_TOLD:
        options["dynamic_img_size"] = True
    if model_args.get("class_token") is False:  # or timm pools by the token that is not there
        options["global_pool"] = ""
    return create_model(model, model_args, options, like="*vit_*", pretrained=pretrained)


def family_of(model: str) -> str | None:
    """The file of timm that makes a model, None for a model that it does not know."""
    if not timm.is_model(model):
        return None
    return timm.model_entrypoint(model).__module__.rpartition(".")[2]


def patch_of(encoder: nn.Module) -> tuple[int, int]:
    """The (H, W) pixels behind one token of an encoder."""
    if hasattr(encoder, "embeds"):
        return tuple(encoder.embeds.patch_size)
    return tuple(encoder.patch_embed.feat_ratio(as_scalar=False))


def even_levels(num_blocks: int) -> tuple[int, ...]:
    """The last blocks, 0-based, of four equal parts of an encoder; all blocks of a shorter one."""
    if num_blocks < NUM_LEVELS:
        return tuple(range(num_blocks))
    return tuple(num_blocks * part // NUM_LEVELS - 1 for part in range(1, NUM_LEVELS + 1))


def published_colours(model: str) -> dict[str, tuple[float, ...]]:
    """The mean and std of images that a model's published weights were trained with.

    ImageNet's for a model that timm does not know, which `create_encoder` then refuses. Raises
    UserError for weights that it does not know of a model that it does.
    """
    try:
        published = timm.get_pretrained_cfg(model)
    except RuntimeError as error:  # a model that timm has, with weights that it has not
        known = timm.list_pretrained(f"{model.partition('.')[0]}.*")
        raise UserError(f"{model}: timm has no such weights, but {', '.join(known)}") from error
    found = published or timm.models.PretrainedCfg()
    return {"mean": tuple(found.mean), "std": tuple(found.std)}
