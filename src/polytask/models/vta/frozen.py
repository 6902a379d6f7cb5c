"""A timm backbone of any family whose blocks' outputs are read as maps.

Shapes: B images, N tokens with the prefix (class token, registers), D width, H W pixels, h w
tokens of a map.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from polytask.errors import UserError, advice
from polytask.models.stem import pad_to_multiple
from polytask.models.timm_models import create_model
from polytask.models.vta.config import BackboneConfig

COARSEST = 32
"""Pixels per token of a Swin's last map, on which decoders start (VTA, section 3.3)."""
BLOCK = re.compile(r"(?:.+\.)?blocks\.\d+")


@dataclass(frozen=True)
class Place:
    """Where a block stands: width of its map, pixels per token of it, heads of its attention."""

    dim: int
    stride: int
    num_heads: int

    @property
    def tokens_at_start(self) -> int:
        """How many tokens a side of the map make one of a decoder's first stage."""
        return max(1, COARSEST // self.stride)


def create_backbone(model: str, model_args: Mapping[str, Any]) -> nn.Module:
    """A random timm backbone without final norm and classifier that takes images of any size.

    Swin, Swin V2, plain ViT and PVT v2 can be read. Raises UserError for any other model.
    """
    own: dict[str, Any] = {"num_classes": 0, "global_pool": ""}
    if not model.startswith("pvt"):  # convolutions take any size as it is
        own["dynamic_img_size"] = True
    encoder = create_model(model, model_args, own, like="swin*")
    if not block_names(encoder) or not hasattr(encoder, "feature_info"):
        raise UserError(f"{model} cannot be read: take a swin_*, swinv2_*, vit_* or pvt_v2_* model")
    for name in final_norms(encoder):
        encoder.set_submodule(name, nn.Identity())
    return encoder


def final_norms(encoder: nn.Module) -> list[str]:
    """The norms after a backbone's last block, which no block's output has passed."""
    names = ["norm"]
    if isinstance(stages := getattr(encoder, "stages", None), nn.Sequential):
        names = [f"stages.{len(stages) - 1}.norm"]
    return [name for name in names if hasattr(encoder.get_submodule(name), "forward")]


def block_names(encoder: nn.Module) -> list[str]:
    """The names of a backbone's blocks in their order."""
    return [name for name, _ in encoder.named_modules() if BLOCK.fullmatch(name)]


def place_of(encoder: nn.Module, name: str) -> Place:
    """Where the block `name` stands; raises UserError where there is none of that name."""
    names = block_names(encoder)
    if name not in names:
        raise UserError(f"the backbone has no block {name!r}; {advice(name, names)}")
    for stage in encoder.feature_info:
        if name == stage["module"] or name.startswith(stage["module"] + "."):
            heads = encoder.get_submodule(name).attn.num_heads
            return Place(dim=stage["num_chs"], stride=stage["reduction"], num_heads=heads)
    raise UserError(f"timm says nothing about the size of block {name!r}; take another block")


@contextmanager
def reading(encoder: nn.Module, names: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Within the block, what the named blocks give is kept by name."""
    kept: dict[str, Tensor] = {}

    def keep(name: str) -> torch.utils.hooks.RemovableHandle:
        def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
            kept[name] = output

        return encoder.get_submodule(name).register_forward_hook(hook)

    handles = [keep(name) for name in names]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


def to_map(output: Tensor, size: tuple[int, int], stride: int, num_prefix: int) -> Tensor:
    """Lay a block's output (B,N,D) or (B,h,w,D) out as a map (B,D,h,w), without a copy.

    `size` (H, W) pixels is that of the padded image; prefix tokens are dropped.
    """
    if output.ndim == 3:
        grid = size[0] // stride, size[1] // stride
        output = output[:, num_prefix:].unflatten(1, grid)
    return output.permute(0, 3, 1, 2)


class ReadBackbone(nn.Module):
    """A backbone and the blocks of it that adapters and decoders read; one pass for all tasks.

    Images are padded to multiples of `whole`. Frozen, it gets no gradient and stays in eval mode.
    Raises UserError for a name of a block that is not there.
    """

    def __init__(self, config: BackboneConfig, *, frozen: bool) -> None:
        super().__init__()
        self.frozen = frozen
        self.encoder = create_backbone(config.model, config.model_args)
        names = dict.fromkeys((*config.skips, *config.at))
        self.places = {name: place_of(self.encoder, name) for name in names}
        stride = max(stage["reduction"] for stage in self.encoder.feature_info)
        self.whole = stride * max(1, COARSEST // stride)
        self.num_prefix: int = getattr(self.encoder, "num_prefix_tokens", 0)
        for name in ("mean", "std"):
            values = torch.tensor(getattr(config, name)).view(1, 3, 1, 1)
            self.register_buffer(name, values, persistent=False)
        self.encoder.requires_grad_(not frozen)

    def train(self, mode: bool = True) -> "ReadBackbone":
        """Set the mode, which a frozen backbone does not change."""
        return super().train(mode and not self.frozen)

    def forward(self, images_B3HW: Tensor) -> dict[str, Tensor]:
        """Return the maps (B,D,h,w) of the blocks by name; images in [0, 1] of any size."""
        images = (images_B3HW - self.mean) / self.std
        images = pad_to_multiple(images, (self.whole, self.whole))
        size = images.shape[-2], images.shape[-1]
        track = torch.is_grad_enabled() and not self.frozen
        with torch.set_grad_enabled(track), reading(self.encoder, list(self.places)) as kept:
            self.encoder.forward_features(images)
        return {
            name: to_map(kept[name], size, place.stride, self.num_prefix)
            for name, place in self.places.items()
        }
