"""A teacher: a timm vision transformer with its own weights, resolution and normalisation.

Shapes: B images, H W pixels, D width of the teacher, h w patches.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from polytask.models.encoder import EncoderConfig, EncoderInput, PretrainedEncoder
from polytask.models.timm_encoders import patch_of
from polytask.teachers.weights import load_encoder


@dataclass(frozen=True, kw_only=True)
class TeacherConfig(EncoderConfig):
    """An encoder with `weights`: "hub" (timm downloads them), "random", or a safetensors file."""

    weights: str = "hub"


class FrozenTeacher(PretrainedEncoder):
    """The maps of a frozen encoder (SAK, 3.1).

    Images (B,3,H,W) in [0,1] of any size -> per level (B,D,h,w) float32, the grid spanning the
    whole image on both axes. `autocast_dtype` is the precision of its own forward pass, whatever
    the caller's autocast is, so that cached and online features agree. Raises UserError for an
    unknown model, levels it has not, or weights that are missing or do not fit.
    """

    def __init__(self, config: TeacherConfig, autocast_dtype: torch.dtype | None = None) -> None:
        super().__init__(config, load_encoder(config.model, config.model_args, config.weights))
        self.autocast_dtype = autocast_dtype
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
        dtype = self.autocast_dtype
        with torch.autocast(images_B3HW.device.type, dtype=dtype, enabled=dtype is not None):
            return [level.float() for level in self.maps(images_B3HW)]


class TrainableEncoder(nn.Module):
    """The same encoder while it is being pretrained: images in [0,1] -> last tokens (B,D,h,w)."""

    def __init__(self, config: TeacherConfig) -> None:
        super().__init__()
        self.config = config
        self.vit = load_encoder(config.model, config.model_args, config.weights)
        self.dim: int = self.vit.embed_dim
        self.patch = patch_of(self.vit)
        self.prepare = EncoderInput(config, self.patch)

    def forward(self, images_B3HW: Tensor) -> Tensor:
        """The output of the last block after the final norm, without prefix tokens."""
        images = self.prepare(images_B3HW)
        grid = images.shape[-2] // self.patch[0], images.shape[-1] // self.patch[1]
        tokens = self.vit.forward_features(images)[:, self.vit.num_prefix_tokens :]
        return tokens.transpose(1, 2).unflatten(2, grid)
