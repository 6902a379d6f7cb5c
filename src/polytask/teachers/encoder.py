"""A teacher: a timm vision transformer with its own weights, resolution and normalisation.

Shapes: B images, H W pixels, D width of the teacher, h w patches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.models.stem import IMAGENET_MEAN, IMAGENET_STD, check_levels
from polytask.teachers.weights import load_encoder

RESIZES = ("exact", "pad")


@dataclass(frozen=True, kw_only=True)
class TeacherConfig:
    """What a teacher is built from; raises UserError for a value outside its range.

    `weights` is "hub" (timm downloads them), "random", or a safetensors file. `resolution` is the
    longest side in pixels that the teacher sees (None: that of the image it is given). `resize`
    "exact" stretches each side to the nearest whole number of patches; "pad" also fills up to a
    square of `resolution` with zeros, right and bottom, and drops the padding's tokens (SAM).
    `levels` are the 0-based blocks whose outputs are distilled.
    """

    model: str
    levels: tuple[int, ...]
    weights: str = "hub"
    model_args: Mapping[str, Any] = field(default_factory=dict)
    resolution: int | None = None
    resize: Literal["exact", "pad"] = "exact"
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def __post_init__(self) -> None:
        for name in ("levels", "mean", "std"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.resize not in RESIZES:
            raise UserError(f"teacher {self.model}: resize {self.resize!r} is not exact or pad")
        if self.resize == "pad" and self.resolution is None:
            raise UserError(f"teacher {self.model}: resize 'pad' needs a resolution")


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


class TeacherInput(nn.Module):
    """Turn images in [0, 1] into what a teacher was trained on: its size, scale and padding.

    Differs from the official code: whole images are resized to whole patches (there, patch 14
    cuts off the last pixels), and each teacher gets its own mean and std (there, ImageNet's).
    """

    def __init__(self, config: TeacherConfig, patch: tuple[int, int]) -> None:
        super().__init__()
        self.patch, self.resolution, self.pad = patch, config.resolution, config.resize == "pad"
        if self.pad and any(config.resolution % side for side in patch):
            raise UserError(
                f"teacher {config.model}: resolution {config.resolution} is not a multiple "
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


class FrozenTeacher(nn.Module):
    """Raw block outputs of a frozen encoder: no final norm, no neck, no prefix tokens (SAK, 3.1).

    Images (B,3,H,W) in [0,1] of any size -> per level (B,D,h,w) float32, the grid spanning the
    whole image on both axes. `autocast_dtype` is the precision of its own forward pass, whatever
    the caller's autocast is, so that cached and online features agree. Raises UserError for an
    unknown model, levels it has not, or weights that are missing or do not fit.

    Differs from the official code: the tokens of SAM's padding are dropped (there they are
    distilled, and non-square images end up misaligned with the student).
    """

    def __init__(self, config: TeacherConfig, autocast_dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.config, self.autocast_dtype = config, autocast_dtype
        self.encoder = load_encoder(config.model, config.model_args, config.weights)
        self.levels = check_levels(config.levels, len(self.encoder.blocks), config.model)
        self.encoder.prune_intermediate_layers(list(self.levels), prune_norm=True)
        self.dim: int = self.encoder.embed_dim
        self.prepare = TeacherInput(config, tuple(self.encoder.patch_embed.patch_size))
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> "FrozenTeacher":
        """Stay in evaluation mode, also inside a model that is set to training."""
        return super().train(False)

    def shapes(self, image_hw: tuple[int, int]) -> list[tuple[int, int, int]]:
        """(D, h, w) per level for images of `image_hw` pixels, without running the encoder."""
        return [(self.dim, *self.prepare.grid(image_hw))] * len(self.levels)

    @torch.no_grad()
    def forward(self, images_B3HW: Tensor) -> list[Tensor]:
        height, width = self.prepare.grid(tuple(images_B3HW.shape[-2:]))
        images = self.prepare(images_B3HW)
        dtype = self.autocast_dtype
        with torch.autocast(images.device.type, dtype=dtype, enabled=dtype is not None):
            maps = self.encoder.forward_intermediates(
                images, indices=list(self.levels), norm=False, intermediates_only=True
            )
        return [level[:, :, :height, :width].float() for level in maps]


class TrainableEncoder(nn.Module):
    """The same encoder while it is being pretrained: images in [0,1] -> last tokens (B,D,h,w)."""

    def __init__(self, config: TeacherConfig) -> None:
        super().__init__()
        self.config = config
        self.vit = load_encoder(config.model, config.model_args, config.weights)
        self.dim: int = self.vit.embed_dim
        self.patch: tuple[int, int] = tuple(self.vit.patch_embed.patch_size)
        self.prepare = TeacherInput(config, self.patch)

    def forward(self, images_B3HW: Tensor) -> Tensor:
        """The output of the last block after the final norm, without prefix tokens."""
        images = self.prepare(images_B3HW)
        grid = images.shape[-2] // self.patch[0], images.shape[-1] // self.patch[1]
        tokens = self.vit.forward_features(images)[:, self.vit.num_prefix_tokens :]
        return tokens.transpose(1, 2).unflatten(2, grid)
