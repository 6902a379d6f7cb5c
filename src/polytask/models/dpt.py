"""The decoder of Dense Prediction Transformers as a head; its parts are segmentation-models'.

Shapes: B images, D width, C outputs per pixel, H W pixels of the padded image, h w patches.
"""

from collections.abc import Sequence

from segmentation_models_pytorch.decoders.dpt.decoder import DPTDecoder, ResidualConvBlock
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.models.heads import resize

NUM_LEVELS = 4
WIDTH = 128
GRIDS = (16, 16, 16, 16)
"""Resamples the levels' one grid to 4, 2, 1 and 1/2 times itself, whatever the patch size is."""


def fusion_decoder(
    channels: Sequence[int], strides: Sequence[int], intermediate: Sequence[int], width: int
) -> DPTDecoder:
    """DPT's reassembling and fusion without readouts and without batch normalisation.

    It takes maps of `channels` at 1/`strides` of an image and gives `width` channels at 1/2 of it;
    on the way to `width` a map has its share of `intermediate` ones.
    """
    decoder = DPTDecoder(
        encoder_out_channels=channels,
        encoder_output_strides=strides,
        readout="ignore",
        intermediate_channels=intermediate,
        fusion_channels=width,
    )
    for block in decoder.modules():
        if isinstance(block, ResidualConvBlock):
            block.batch_norm_1 = block.batch_norm_2 = nn.Identity()
    return decoder


class DPTHead(nn.Module):
    """Four levels at rising scales, fused from coarse to fine by residual convolutions (DPT).

    Small as in SIMO's official code (`dpt-add_small`): 128 wide, D/32 to D/4 channels per level, no
    batch normalisation. It takes maps alone: DPT's readouts are fusions here (`stem_plus_cls` is
    "add"). Raises UserError unless there are four levels (SIMO, section 6.1.2).
    """

    def __init__(self, dim: int, num_levels: int, out: int) -> None:
        super().__init__()
        if num_levels != NUM_LEVELS:
            raise UserError(f"head 'dpt' needs {NUM_LEVELS} levels, not {num_levels}")
        widths = [dim // 32, dim // 16, dim // 8, dim // 4]
        self.decoder = fusion_decoder([dim] * NUM_LEVELS, GRIDS, widths, WIDTH)
        self.last_conv = nn.Conv2d(WIDTH, out, 1)

    def forward(self, levels_BDhw: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return raw float32 outputs (B,C,H,W) at `size`, whole patches, from one map per level.

        The coarsest scale halves the grid: an odd one repeats its last row or column, whose
        outputs are cropped away.
        """
        grid = tuple(levels_BDhw[0].shape[-2:])
        even = tuple(side + side % 2 for side in grid)
        padding = (0, even[1] - grid[1], 0, even[0] - grid[0])
        levels = [F.pad(level, padding, mode="replicate") for level in levels_BDhw]
        outputs = self.last_conv(self.decoder(levels, [None] * NUM_LEVELS))
        covered = tuple(s * e // g for s, e, g in zip(size, even, grid, strict=True))
        return resize(outputs.float(), covered)[..., : size[0], : size[1]]
