"""A pretrained encoder that looks at images in its own way: its size, scale and padding.

Teachers are such encoders (`polytask.teachers.encoder`), and so is what stands under heads.
Shapes: B images, H W pixels, D width of the encoder, h w patches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.models.sak import Representations
from polytask.models.stem import check_levels
from polytask.models.timm_encoders import (
    create_encoder,
    even_levels,
    patch_of,
    published_colours,
)

RESIZES = ("exact", "pad")


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """What an encoder is built from; raises UserError for a value outside its range.

    `resolution` is the longest side in pixels that it sees (None: that of the image it is given).
    `resize` "exact" stretches each side to the nearest whole number of patches; "pad" also fills up
    to a square of `resolution` with zeros, right and bottom, and drops the padding's tokens (SAM).
    `levels` are the 0-based blocks whose outputs it hands out (None: the ends of four equal parts),
    `mean` and `std` those of the images that it was trained on (None: as timm says of its weights).
    """

    model: str
    levels: tuple[int, ...] | None = None
    model_args: Mapping[str, Any] = field(default_factory=dict)
    resolution: int | None = None
    resize: Literal["exact", "pad"] = "exact"
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.mean is None or self.std is None:
            for name, values in published_colours(self.model).items():
                if getattr(self, name) is None:
                    object.__setattr__(self, name, values)
        for name in ("levels", "mean", "std"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.resize not in RESIZES:
            raise UserError(f"encoder {self.model}: resize {self.resize!r} is not exact or pad")
        if self.resize == "pad" and self.resolution is None:
            raise UserError(f"encoder {self.model}: resize 'pad' needs a resolution")


def describe_encoder(config: EncoderConfig) -> dict[str, Any]:
    """What a model file says of an encoder: all but its weights, the levels that it has by itself
    among it.
    """
    if config.levels is None:
        with torch.device("meta"):
            encoder = create_encoder(config.model, config.model_args)
        config = replace(config, levels=even_levels(len(encoder.blocks)))
    return {each.name: getattr(config, each.name) for each in fields(EncoderConfig)}


def whole_patches(size: int, patch: int) -> int:
    """The number of patches (at least one) whose total length is nearest to `size` pixels."""
    return max(1, round(size / patch))


def token_grid(
    image_hw: tuple[int, int], patch: tuple[int, int], resolution: int | None
) -> tuple[int, int]:
    """The (h, w) tokens that an image of `image_hw` pixels covers, its longest side resized."""
    scale = 1.0 if resolution is None else resolution / max(image_hw)
    height, width = (side * scale for side in image_hw)
    return whole_patches(height, patch[0]), whole_patches(width, patch[1])


def resize_bicubic(images_B3HW: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize images to `size` (H, W); antialiased only where that shrinks them."""
    current = images_B3HW.shape[-2:]
    if tuple(current) == tuple(size):
        return images_B3HW
    shrinks = size[0] < current[0] or size[1] < current[1]
    return F.interpolate(
        images_B3HW, size=size, mode="bicubic", align_corners=False, antialias=shrinks
    )


class EncoderInput(nn.Module):
    """Turn images in [0, 1] into what an encoder was trained on: its size, scale and padding.

    Differs from the official code: whole images are resized to whole patches (there, patch 14
    cuts off the last pixels), and each encoder gets its own mean and std (there, ImageNet's).
    """

    def __init__(self, config: EncoderConfig, patch: tuple[int, int]) -> None:
        super().__init__()
        self.patch, self.resolution, self.pad = patch, config.resolution, config.resize == "pad"
        if self.pad and any(config.resolution % side for side in patch):
            raise UserError(
                f"encoder {config.model}: resolution {config.resolution} is not a multiple "
                f"of its patch, {patch[0]} x {patch[1]}"
            )
        for name in ("mean", "std"):
            values = torch.tensor(getattr(config, name)).view(1, 3, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def grid(self, image_hw: tuple[int, int]) -> tuple[int, int]:
        """The (h, w) tokens of an image of `image_hw` pixels, padding not counted."""
        return token_grid(image_hw, self.patch, self.resolution)

    def forward(self, images_B3HW: Tensor) -> Tensor:
        height, width = self.grid(tuple(images_B3HW.shape[-2:]))
        size = height * self.patch[0], width * self.patch[1]
        images = (resize_bicubic(images_B3HW, size) - self.mean) / self.std
        if not self.pad:
            return images
        return F.pad(images, (0, self.resolution - size[1], 0, self.resolution - size[0]))


class PretrainedEncoder(nn.Module):
    """Raw block outputs of an encoder: no final norm, no neck, no prefix tokens (SAK, 3.1).

    Differs from the official code: the tokens of SAM's padding are dropped (there they are
    distilled, and non-square images end up misaligned with the student).
    """

    def __init__(self, config: EncoderConfig, encoder: nn.Module) -> None:
        super().__init__()
        self.config, self.encoder = config, encoder
        levels = config.levels or even_levels(len(encoder.blocks))
        self.levels = check_levels(levels, len(encoder.blocks), config.model)
        encoder.prune_intermediate_layers(list(self.levels), prune_norm=True)
        self.dim: int = encoder.embed_dim
        self.prepare = EncoderInput(config, patch_of(encoder))

    def maps(self, images_B3HW: Tensor) -> list[Tensor]:
        """Images in [0,1] of any size -> per level (B,D,h,w), which span the whole image."""
        height, width = self.prepare.grid(tuple(images_B3HW.shape[-2:]))
        maps = self.encoder.forward_intermediates(
            self.prepare(images_B3HW), indices=list(self.levels), norm=False,
            intermediates_only=True,
        )  # fmt: skip
        return [level[:, :, :height, :width] for level in maps]


class EncoderUnderHeads(PretrainedEncoder):
    """A pretrained encoder in the place of a student: a stem without paths.

    Its maps, `num_maps` of them, span the whole image, which is not padded to patches.
    """

    path_teachers: tuple[str, ...] = ()
    padded_to = (1, 1)

    @property
    def num_maps(self) -> int:
        return len(self.levels)

    @property
    def map_dims(self) -> tuple[int, ...]:
        """The width of each map that heads see."""
        return (self.dim,) * self.num_maps

    @property
    def vit(self) -> nn.Module:
        return self.encoder

    def train_all(self) -> None:
        """Let the whole encoder have gradients."""
        self.requires_grad_(True)

    @property
    def last_block(self) -> nn.Module:
        """The last block that heads read."""
        return self.encoder.blocks[self.levels[-1]]

    def forward(self, images_B3HW: Tensor) -> Representations:
        """Return the maps of its levels as those of a stem."""
        return Representations(stem=self.maps(images_B3HW), experts={}, aligned={})
