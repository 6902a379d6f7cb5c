"""Argus' backbone: any plain ViT of timm, and an adapter between its blocks.

Shapes: B images, N tokens with the prefix (class token, registers), D width, H W pixels.
"""

import math
from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.adapters import init_weights
from polytask.models.argus.config import AdapterConfig
from polytask.models.argus.deformable import DeformableAttention, grid_centres
from polytask.models.argus.interaction import Interaction, to_maps, to_tokens
from polytask.models.argus.projection import NUM_MAPS, ProjectionModule
from polytask.models.argus.spatial_prior import SpatialPriorModule
from polytask.models.heads import resize
from polytask.models.sak import Representations, Student, StudentConfig
from polytask.models.stem import StemTokens, pad_to_multiple

STRIDE = 16
"""Pixels per token of the ViT: images are shrunk for patches of 14 (Argus, section 3.1)."""
WHOLE = (32, 32)
"""Images are padded to multiples of the coarsest map's stride."""


class Adapter(nn.Module):
    """All that Argus trains: spatial prior, interactions, projection (Argus, Figure 4)."""

    def __init__(self, config: AdapterConfig, dim: int, num_interactions: int) -> None:
        super().__init__()
        self.spatial_prior = SpatialPriorModule(config, dim)
        self.level_embed = nn.Parameter(torch.randn(3, dim))
        last = num_interactions - 1
        self.interactions = nn.ModuleList(
            Interaction(config, dim, last=index == last) for index in range(num_interactions)
        )
        self.projection = ProjectionModule(config, dim)
        self.apply(_init_weights)


class AdaptedStudent(Student):
    """A plain ViT whose `stem` is four maps of 1/4 to 1/32 of the image (Argus, section 3.1).

    An interaction ends with each of `levels`, the last of which is the last block. The ViT keeps
    its patches, class token and registers. Raises UserError for other levels and for adapter paths.
    """

    def __init__(self, config: StudentConfig, teacher_dims: Mapping[str, int]) -> None:
        if config.adapter is None or teacher_dims:
            raise UserError("student adapter: it goes with a plain ViT, without teachers' paths")
        super().__init__(config, {})
        if self.levels[-1] != (last := len(self.vit.blocks) - 1):
            raise UserError(
                f"student levels: {list(self.levels)} ends before block {last}; with an adapter "
                "the last level is the last block"
            )
        self.vit.set_input_size(img_size=shrunk(_padded(config.image_size), self.patch))
        self.padded_to, self.num_maps = WHOLE, NUM_MAPS
        self.adapter = Adapter(config.adapter, self.dim, len(self.levels))

    def train_all(self) -> None:
        """Let the adapter have gradients, and the ViT where it is not to stay frozen."""
        super().train_all()
        self.vit.requires_grad_(not self.config.adapter.freeze_vit)

    def forward(self, images_B3HW: Tensor) -> Representations:
        """Return four maps of images in [0, 1] of any size, padded to whole strides of 32."""
        images = pad_to_multiple((images_B3HW - self.mean) / self.std, WHOLE)
        size = images.shape[-2], images.shape[-1]
        first, *maps = self.adapter.spatial_prior(images)
        shapes = [(each.shape[-2], each.shape[-1]) for each in maps]
        levels = zip(maps, self.adapter.level_embed[..., None, None], strict=True)
        spatial = to_tokens([each + embed for each, embed in levels])
        tokens = self.embed(resize(images, shrunk(size, self.patch)))
        grid = size[0] // STRIDE, size[1] // STRIDE
        stem, spatial = self.interact(tokens, grid, spatial, shapes)
        output = stem.to_map(stem.tokens[-1])
        maps = self.adapter.projection([first, *to_maps(spatial, shapes)], output)
        return Representations(stem=maps, experts={}, aligned={})

    def interact(
        self, tokens_BND: Tensor, grid: tuple[int, int], spatial_BSD: Tensor,
        shapes: list[tuple[int, int]],
    ) -> tuple[StemTokens, Tensor]:  # fmt: skip
        """Return the embedded image's tokens after each block, and what became of the maps."""
        blocks, prefix = list(self.blocks()), self.vit.num_prefix_tokens
        outputs, spatial, device = [tokens_BND], spatial_BSD, tokens_BND.device
        centres, all_centres = grid_centres([grid], device), grid_centres(shapes, device)
        ends = pairwise([0, *(level + 1 for level in self.levels)])
        for interaction, (start, end) in zip(self.adapter.interactions, ends, strict=True):
            before, patches = outputs[-1][:, :prefix], outputs[-1][:, prefix:]
            patches = interaction.injector(patches, centres, spatial, shapes)
            tokens = torch.cat([before, patches], dim=1)
            for block in blocks[start:end]:
                tokens = block(tokens)
                outputs.append(tokens)
            for extractor in interaction.extractors:
                spatial = extractor(spatial, all_centres, tokens[:, prefix:], grid, shapes)
        return StemTokens(tokens=outputs, grid=grid, num_prefix=prefix), spatial


def _padded(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] + -size[0] % WHOLE[0], size[1] + -size[1] % WHOLE[1]


def shrunk(size: tuple[int, int], patch: tuple[int, int]) -> tuple[int, int]:
    """The size at which a patch covers 16 pixels of an image of `size`: 14/16 for patches of 14."""
    return size[0] // STRIDE * patch[0], size[1] // STRIDE * patch[1]


def _init_weights(module: nn.Module) -> None:
    """ViT-Adapter's: convolutions by their fan-out, linear layers narrow, attention its own."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        fan_out = math.prod(module.kernel_size) * module.out_channels // module.groups
        nn.init.normal_(module.weight, std=math.sqrt(2 / fan_out))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, DeformableAttention):  # `apply` visits its layers first
        module.reset_parameters()
    else:
        init_weights(module)
