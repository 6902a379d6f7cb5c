"""A Teacher-Agnostic Stem with stages: any Swin transformer of timm, opened at every block.

Shapes: B images, D width of a stage, H W pixels, h w tokens of a stage.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from timm.models.swin_transformer import SwinTransformer
from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.stem import block_outputs, check_levels, pad_to_multiple
from polytask.models.timm_models import create_model


class StagedStem(nn.Module):
    """Z_0 = PatchEmbed(X), Z_l = b_l(Z_{l-1}) in every stage of a Swin (SAK, Eq. (1)).

    Patch merging stands before the first block of a stage. `levels` are 0-based stages, whose ends
    are the multi-level representations. The final norm and the classifier are dropped; the weights
    are random until loaded. Raises UserError for a model that is not a Swin transformer.
    """

    def __init__(
        self,
        model: str,
        model_args: Mapping[str, Any],
        levels: Sequence[int],
        mean: Sequence[float],
        std: Sequence[float],
    ) -> None:
        super().__init__()
        self.vit = create_swin(model, model_args)
        self.levels = check_levels(levels, len(self.vit.layers), model, "stage")
        self.stage_dims: list[int] = [stage["num_chs"] for stage in self.vit.feature_info]
        self.patch: tuple[int, int] = tuple(self.vit.patch_embed.patch_size)
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    @property
    def padded_to(self) -> tuple[int, int]:
        """Images are padded to multiples of the last stage's tokens, so that all merge in twos."""
        merged = 2 ** (len(self.stage_dims) - 1)
        return self.patch[0] * merged, self.patch[1] * merged

    @property
    def stage_lengths(self) -> list[int]:
        """How many Z_l each stage has: its blocks, and the embedding in the first."""
        blocks = [len(stage.blocks) for stage in self.vit.layers]
        return [1 + blocks[0], *blocks[1:]]

    def encode(self, images_B3HW: Tensor) -> list[list[Tensor]]:
        """Return the Z_l (B,h,w,D) of each stage, of images in [0, 1] of any size."""
        images = pad_to_multiple((images_B3HW - self.mean) / self.std, self.padded_to)
        tokens, stages = self.vit.patch_embed(images), []
        for stage in self.vit.layers:
            outputs = block_outputs(stage.downsample(tokens), stage.blocks)
            stages.append(outputs[1:] if stages else outputs)
            tokens = outputs[-1]
        return stages


def create_swin(model: str, model_args: Mapping[str, Any]) -> SwinTransformer:
    """Build a random timm Swin without final norm and classifier that takes images of any size.

    Its windows are those that it has at timm's size; its drop path is off unless `model_args` set
    it, as that of timm's ViTs is.
    """
    own = {"dynamic_img_size": True, "num_classes": 0, "global_pool": ""}
    args = {"drop_path_rate": 0.0, **model_args}
    swin = create_model(model, args, own, like="swin_*", set_by="by the stem itself")
    if not isinstance(swin, SwinTransformer):
        raise UserError(f"{model} is not a Swin transformer; this stem needs a swin_* model")
    swin.norm = nn.Identity()
    return swin
