"""The projection module: the ViT's output joins the adapter's maps, which are then normalised.

Shapes: B images, D width, H W pixels, h w of a ViT's grid.
"""

from torch import Tensor, nn

from polytask.models.argus.config import AdapterConfig, norm_of
from polytask.models.heads import resize

NUM_MAPS = 4


class ProjectionModule(nn.Module):
    """Adds the ViT's output to F_0..F_3 and normalises each (Argus, section 3.1).

    F_0, which no block has seen, first gets F_1 at twice its size (ViT-Adapter).
    """

    def __init__(self, config: AdapterConfig, dim: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(dim, dim, 2, stride=2)
        self.norms = nn.ModuleList(norm_of(config, dim) for _ in range(NUM_MAPS))

    def forward(self, maps_BDHW: list[Tensor], vit_BDhw: Tensor) -> list[Tensor]:
        """Return four maps (B,D,H/4,W/4) to (B,D,H/32,W/32)."""
        first, second, *rest = maps_BDHW
        maps = [first + self.up(second), second, *rest]
        return [
            norm(each + resize(vit_BDhw, tuple(each.shape[-2:])))
            for norm, each in zip(self.norms, maps, strict=True)
        ]
