"""Self-supervision: paint the hidden three quarters of an image (MAE, He et al. 2022).

Shapes: B images, N patches, V visible ones, D width, P values of a patch (3 * patch^2).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from timm.layers import build_sincos2d_pos_embed
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from polytask.models.inputs import model_images
from polytask.teachers.encoder import TrainableEncoder


def patchify(images_B3HW: Tensor, patch: tuple[int, int]) -> Tensor:
    """Cut images into patches (B,N,P), row by row."""
    tiles = images_B3HW.unfold(2, patch[0], patch[0]).unfold(3, patch[1], patch[1])
    return tiles.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def normalised_patches(patches_BNP: Tensor, variance_floor: float) -> Tensor:
    """Give every patch mean 0 and variance 1 at most: what is to be painted (MAE, section 4).

    Differs from MAE, whose floor is 1e-6: a larger one keeps the fine texture of nearly flat
    patches, which nobody could paint, from filling the loss.
    """
    variance, mean = torch.var_mean(patches_BNP, dim=-1, keepdim=True)
    return (patches_BNP - mean) / (variance + variance_floor).sqrt()


def random_order(samples: Sequence[tuple[int, int]], num_patches: int, seed: int) -> Tensor:
    """A random order (B,N) of patches per sample, a function of (seed, index, view) alone."""
    orders = [
        np.random.default_rng((seed, s[0], s[1] + 1)).permutation(num_patches) for s in samples
    ]
    return torch.from_numpy(np.stack(orders))


def start_from_sincos(encoder: TrainableEncoder) -> None:
    """Start the encoder's position embedding from 2-D sines and cosines (MAE, appendix A.1).

    Without it an encoder that sees a quarter of the patches takes long to learn where they lie.
    """
    vit = encoder.vit
    table = build_sincos2d_pos_embed(vit.patch_embed.grid_size, dim=encoder.dim)
    with torch.no_grad():
        vit.pos_embed[:, vit.num_prefix_tokens :] = table


class MaskedAutoencoder(nn.Module):
    """Encode the visible patches, decode all of them, compare the hidden ones' pixels.

    The loss is the mean squared error of normalised pixels over the hidden patches; `mask_ratio`
    of the patches is hidden, chosen per (`seed`, index, view). (MAE, He et al. 2022)
    """

    def __init__(
        self,
        encoder: TrainableEncoder,
        mask_ratio: float = 0.75,
        decoder_dim: int = 96,
        decoder_depth: int = 2,
        decoder_heads: int = 2,
        variance_floor: float = 0.05,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.encoder, self.mask_ratio, self.seed = encoder, mask_ratio, seed
        self.variance_floor = variance_floor
        start_from_sincos(encoder)
        self.embed = nn.Linear(encoder.dim, decoder_dim)
        self.mask_token = nn.Parameter(torch.zeros(decoder_dim))
        nn.init.normal_(self.mask_token, std=0.02)
        self.blocks = nn.Sequential(
            *(Block(decoder_dim, decoder_heads, qkv_bias=True) for _ in range(decoder_depth))
        )
        self.norm = nn.LayerNorm(decoder_dim)
        self.predict = nn.Linear(decoder_dim, 3 * encoder.patch[0] * encoder.patch[1])

    def encode_visible(self, images_B3HW: Tensor, visible_BV: Tensor) -> Tensor:
        """Tokens (B,prefix+V,D) of the patches `visible_BV`, which never see the hidden ones."""
        vit = self.encoder.vit
        tokens = vit._pos_embed(vit.patch_embed(images_B3HW))
        prefix, patches = tokens.tensor_split([vit.num_prefix_tokens], dim=1)
        tokens = torch.cat([prefix, _take(patches, visible_BV)], dim=1)
        return vit.norm(vit.blocks(vit.norm_pre(tokens)))

    def decode(self, tokens: Tensor, order_BN: Tensor, grid: tuple[int, int]) -> Tensor:
        """Painted patches (B,N,P) in the image's order; `order_BN` begins with the visible ones."""
        embedded = self.embed(tokens)
        prefix, seen = embedded.tensor_split([self.encoder.vit.num_prefix_tokens], dim=1)
        hidden = self.mask_token.to(seen.dtype)
        hidden = hidden.expand(len(seen), order_BN.shape[1] - seen.shape[1], -1)
        patches = _take(torch.cat([seen, hidden], dim=1), order_BN.argsort(dim=1))
        position = build_sincos2d_pos_embed(grid, dim=hidden.shape[-1], device=seen.device)
        decoded = self.blocks(torch.cat([prefix, patches + position], dim=1))
        return self.predict(self.norm(decoded[:, prefix.shape[1] :]))

    def loss(self, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """`{"loss": ...}` of a batch with `image`, `index` and `view`."""
        images = self.encoder.prepare(model_images(batch["image"]))
        patch = self.encoder.patch
        grid = images.shape[-2] // patch[0], images.shape[-1] // patch[1]
        samples = list(zip(_integers(batch["index"]), _integers(batch["view"]), strict=True))
        order = random_order(samples, grid[0] * grid[1], self.seed).to(images.device)
        num_visible = max(1, round(order.shape[1] * (1 - self.mask_ratio)))
        painted = self.decode(self.encode_visible(images, order[:, :num_visible]), order, grid)
        target = normalised_patches(patchify(images, patch), self.variance_floor)
        hidden = order[:, num_visible:]
        errors = (_take(painted, hidden).float() - _take(target, hidden)) ** 2
        return {"loss": errors.mean()}


def _take(tokens: Tensor, order: Tensor) -> Tensor:
    """Take tokens (B,N,D) in the order (B,M) given per image."""
    return tokens.gather(1, order[..., None].expand(-1, -1, tokens.shape[-1]))


def _integers(values: Tensor | Sequence[int]) -> list[int]:
    return values.tolist() if isinstance(values, Tensor) else [int(value) for value in values]
