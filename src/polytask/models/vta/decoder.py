"""A task's decoder: four stages of shifted-window blocks, and a linear head (VTA, section 3.3).

Or SAK's head in its place, where models of several papers are compared.

Shapes: B images, h w tokens, D width, C outputs per pixel, H W pixels of the padded image.
"""

from collections.abc import Mapping, Sequence

from timm.models.swin_transformer import SwinTransformerBlock
from torch import Tensor, nn

from polytask.errors import UserError
from polytask.models.heads import Head, resize
from polytask.models.vta.config import NUM_STAGES, DecoderConfig, VtaConfig
from polytask.models.vta.frozen import Place
from polytask.models.vta.resampling import Merging, Upsampling


def projection(dim: int, out_dim: int) -> nn.Module:
    """A norm and a linear map: maps come in at any scale."""
    return nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, out_dim))


def stage(config: DecoderConfig, index: int) -> nn.Module:
    """Two of timm's blocks, one with regular and one with shifted windows."""
    return nn.Sequential(
        *(
            SwinTransformerBlock(
                config.widths[index], config.window, config.heads[index],
                window_size=config.window, shift_size=shift,
                always_partition=True, dynamic_mask=True,
            )
            for shift in (0, config.window // 2)
        )
    )  # fmt: skip


class Decoder(nn.Module):
    """The last map goes in, `out` channels come out; earlier maps guide the last stages.

    The first stage stands at 1/32 of the image, as a Swin's last map does, and the last one at 1/4:
    a finer last map is merged. `skip_dims` are the earlier maps' widths, finest first: the finest
    comes into the last stage.
    """

    def __init__(
        self, config: DecoderConfig, last: Place, skip_dims: Sequence[int], out: int
    ) -> None:
        super().__init__()
        widths = config.widths
        self.enter = Merging(last.dim, widths[0], last.tokens_at_start)
        self.stages = nn.ModuleList(stage(config, index) for index in range(NUM_STAGES))
        self.upsamplings = nn.ModuleList(Upsampling(width) for width in widths[:-1])
        self.skips = nn.ModuleList(
            projection(*each) for each in zip(skip_dims, reversed(widths[1:]), strict=False)
        )
        self.norm, self.head = nn.LayerNorm(widths[-1]), nn.Linear(widths[-1], out)

    def forward(self, maps_BDhw: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return raw float32 outputs (B,C,H,W) at `size` from the last map and the skips."""
        last, *skips = maps_BDhw
        tokens = self.stages[0](self.enter(last.permute(0, 2, 3, 1)))
        for index in range(1, NUM_STAGES):
            tokens = self.upsamplings[index - 1](tokens)
            if (at := NUM_STAGES - 1 - index) < len(self.skips):
                tokens = tokens + self._guide(at, skips[at], tokens)
            tokens = self.stages[index](tokens)
        outputs = self.head(self.norm(tokens)).permute(0, 3, 1, 2)
        return resize(outputs.float(), size)

    def _guide(self, at: int, skip_BDhw: Tensor, tokens_BhwD: Tensor) -> Tensor:
        """An earlier map, projected and resampled to the tokens' size."""
        projected = self.skips[at](skip_BDhw.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        size = tokens_BhwD.shape[1], tokens_BhwD.shape[2]
        return resize(projected, size).permute(0, 2, 3, 1)


class HeadOnMaps(nn.Module):
    """SAK's head on the skips and the last map, in the place of a decoder.

    Raises UserError where these maps have several widths, as a Swin's have.
    """

    def __init__(self, last: Place, skip_dims: Sequence[int], out: int) -> None:
        super().__init__()
        if {last.dim, *skip_dims} != {last.dim}:
            raise UserError(
                f"vta decoder conv: maps of widths {[*skip_dims, last.dim]}; it takes one width, "
                "as a plain vision transformer has"
            )
        self.head = Head(last.dim, len(skip_dims) + 1, out)

    def forward(self, maps_BDhw: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return raw float32 outputs (B,C,H,W) at `size` from the last map and the skips."""
        last, *skips = maps_BDhw
        return self.head([*skips, last], size)


def build_decoder(config: VtaConfig, places: Mapping[str, Place], out: int) -> nn.Module:
    """Build what stands on the maps of a backbone for one task with `out` outputs per pixel."""
    last = places[config.backbone.at[-1]]
    skip_dims = [places[name].dim for name in config.backbone.skips]
    if isinstance(config.decoder, DecoderConfig):
        return Decoder(config.decoder, last, skip_dims, out)
    return HeadOnMaps(last, skip_dims, out)
