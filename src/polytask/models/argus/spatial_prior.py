"""The Spatial Prior Module: what convolutions see that a ViT's patches are too coarse for.

Shapes: B images, D width, H W pixels.
"""

from itertools import pairwise

from torch import Tensor, nn

from polytask.models.argus.config import AdapterConfig, norm_of


class SpatialPriorModule(nn.Module):
    """Convolutions from the image to maps of 1/4, 1/8, 1/16 and 1/32 of its size.

    That of ViT-Adapter, its batch norms replaced by those of the configuration (Argus, section
    3.1 (b)).
    """

    def __init__(self, config: AdapterConfig, dim: int) -> None:
        super().__init__()
        width = config.stem_width
        widths = (width, 2 * width, 4 * width, 4 * width)
        self.stem = nn.Sequential(
            _convolution(config, 3, width, stride=2),
            _convolution(config, width, width, stride=1),
            _convolution(config, width, width, stride=1),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.stages = nn.ModuleList(
            _convolution(config, narrow, wide, stride=2) for narrow, wide in pairwise(widths)
        )
        self.to_dim = nn.ModuleList(nn.Conv2d(each, dim, 1) for each in widths)

    def forward(self, images_B3HW: Tensor) -> list[Tensor]:
        """Return F_0..F_3, (B,D,H/4,W/4) to (B,D,H/32,W/32), of normalised images."""
        maps = [self.stem(images_B3HW)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return [to_dim(each) for to_dim, each in zip(self.to_dim, maps, strict=True)]


def _convolution(config: AdapterConfig, narrow: int, wide: int, *, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(narrow, wide, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(convolution, norm_of(config, wide), nn.ReLU(inplace=True))
