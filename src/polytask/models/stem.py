"""The Teacher-Agnostic Stem: any timm vision transformer, opened at every block.

Shapes: B images, D width, N tokens (prefix tokens first), H W pixels, h w patches.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from timm.layers import set_fused_attn
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.models.timm_models import create_model

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass
class StemTokens:
    """Z_0..Z_L as `tokens` (B,N,D), prefix tokens included, over a `grid` of (h, w) patches."""

    tokens: list[Tensor]
    grid: tuple[int, int]
    num_prefix: int

    def to_map(self, tokens_BND: Tensor) -> Tensor:
        """Drop the prefix tokens and lay the rest out as a map (B,D,h,w), without a copy."""
        return tokens_BND[:, self.num_prefix :].transpose(1, 2).unflatten(2, self.grid)


def prefer_cpu_kernels() -> None:
    """Switch timm's fused attention off for the models built afterwards.

    Its backward is slow in bfloat16 on CPUs (about 2x on a whole training step); on CUDA leave it.
    """
    set_fused_attn(False)


def block_outputs(tokens_BND: Tensor, blocks: Iterable[Callable[[Tensor], Tensor]]) -> list[Tensor]:
    """Return [Z_0, ..., Z_L] from Z_0 (B,N,D): Z_l = b_l(Z_{l-1}) (SAK, Eq. (1))."""
    outputs = [tokens_BND]
    for block in blocks:
        outputs.append(block(outputs[-1]))
    return outputs


def pad_to_multiple(images_B3HW: Tensor, patch: tuple[int, int]) -> Tensor:
    """Pad with zeros at the bottom and the right so that whole patches cover every pixel."""
    height, width = images_B3HW.shape[-2:]
    return F.pad(images_B3HW, (0, -width % patch[1], 0, -height % patch[0]))


class TeacherAgnosticStem(nn.Module):
    """Z_0 = PatchEmbed(X), Z_l = b_l(Z_{l-1}) with the blocks of a timm ViT (SAK, Eq. (1)).

    `levels` are the 0-based blocks whose outputs are the multi-level representations. The final
    norm and the classifier of the ViT are dropped; the weights are random until loaded. Raises
    UserError for a model that timm does not know or that is not a plain vision transformer.
    """

    def __init__(
        self,
        model: str,
        model_args: Mapping[str, Any],
        image_size: tuple[int, int],
        levels: Sequence[int],
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        self.vit = create_vit(model, model_args, image_size)
        self.levels = check_levels(levels, len(self.vit.blocks), model)
        self.dim: int = self.vit.embed_dim
        self.patch: tuple[int, int] = tuple(self.vit.patch_embed.patch_size)
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def encode(self, images_B3HW: Tensor) -> StemTokens:
        """Return Z_0..Z_L of images in [0, 1] of any size; padding follows the normalisation."""
        images = pad_to_multiple((images_B3HW - self.mean) / self.std, self.patch)
        grid = images.shape[-2] // self.patch[0], images.shape[-1] // self.patch[1]
        tokens = block_outputs(self.embed(images), self.blocks())
        return StemTokens(tokens=tokens, grid=grid, num_prefix=self.vit.num_prefix_tokens)

    def embed(self, images_B3HW: Tensor) -> Tensor:
        """Return Z_0 (B,N,D) of normalised images of whole patches, prefix tokens first."""
        return self.vit.norm_pre(self.vit._pos_embed(self.vit.patch_embed(images_B3HW)))

    def blocks(self) -> Iterable[Callable[[Tensor], Tensor]]:
        """Return b_1..b_L, which a subclass may surround."""
        return self.vit.blocks


def create_vit(model: str, model_args: Mapping[str, Any], image_size: tuple[int, int]) -> nn.Module:
    """Build a randomly initialised timm ViT without final norm, pooling or classifier."""
    own = {"img_size": image_size, "dynamic_img_size": True, "num_classes": 0, "global_pool": ""}
    vit = create_model(model, model_args, own, like="vit_*", set_by="by the stem itself")
    if not isinstance(vit, VisionTransformer):
        raise UserError(f"{model} is not a plain vision transformer; the stem needs a vit_* model")
    vit.norm = vit.fc_norm = nn.Identity()
    return vit


def check_levels(
    levels: Sequence[int], number: int, model: str, what: str = "block"
) -> tuple[int, ...]:
    """Return `levels` as a tuple; raises UserError unless they rise within 0..number-1."""
    rising = all(a < b for a, b in pairwise(levels))
    if not levels or not rising or levels[0] < 0 or levels[-1] >= number:
        raise UserError(
            f"levels {list(levels)} of {model}: give rising {what} indices in 0..{number - 1}"
        )
    return tuple(levels)
