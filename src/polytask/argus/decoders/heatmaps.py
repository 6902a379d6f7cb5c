"""DPT that ends in a heatmap per joint of a person, for top-down pose.

Shapes: B persons, J joints, h w cells of the finest map, H x W pixels of the crops. A point (x, y)
counts from the outer corner of the first pixel or cell: the middle of that is 0.5.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.argus.decoder import Decoder, Features, LabelSpace
from polytask.argus.decoders.dpt import DPTFusion, prediction_head
from polytask.data.objects import NUM_JOINTS


class HeatmapDecoder(Decoder):
    """DPT of `width` channels, a Gaussian of `sigma` cells around each joint (Argus, section 3.2).

    A cell is 1/4 of the pixels that the backbone sees. The last layer starts near zero, as in
    Simple Baselines, whose loss and decoding these are, too.
    """

    def __init__(
        self, dim: int, _space: LabelSpace, *, width: int = 256, sigma: float = 2.0
    ) -> None:
        super().__init__()
        self.sigma = sigma
        self.fusion = DPTFusion(dim, width)
        self.head = prediction_head(width, NUM_JOINTS)
        nn.init.normal_(self.head[-1].weight, std=1e-3)
        nn.init.zeros_(self.head[-1].bias)

    def forward(self, features: Features) -> Tensor:
        """Heatmaps (B,J,h,w), float32, of the cells that show a part of the crops."""
        maps = self.head(F.avg_pool2d(self.fusion(features.maps), 2)).float()
        rows, columns = (
            -(-side * cells // padded)
            for side, cells, padded in zip(
                features.image_hw, maps.shape[-2:], features.padded_hw, strict=True
            )
        )
        return maps[..., :rows, :columns]

    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """The mean squared error, 0 where a joint of "pose" (B,J,3) is not labelled."""
        maps, pose = self(features), batch["pose"]
        centres = pose[..., :2] / cell_size(features).to(pose)
        errors = (maps - gaussians(centres, maps.shape[-2:], self.sigma)).square()
        return {"pose": (errors * (pose[..., 2] > 0)[..., None, None]).mean()}

    def predict(self, features: Features) -> list[dict[str, Any]]:
        """Per person "keypoints" (J,3), x, y in pixels of the crop and the maximum; "score"."""
        places, maxima = decode_heatmaps(self(features).detach())
        keypoints = torch.cat([places * cell_size(features).to(places), maxima[..., None]], dim=2)
        return [
            {"keypoints": joints, "score": float(joints[:, 2].mean())} for joints in keypoints.cpu()
        ]


def cell_size(features: Features) -> Tensor:
    """Pixels of the crops per cell of the finest map: along x, along y."""
    (height, width), (rows, columns) = features.padded_hw, features.maps[0].shape[-2:]
    return torch.tensor([width / columns, height / rows])


def gaussians(centres_BJ2: Tensor, grid: tuple[int, int], sigma: float) -> Tensor:
    """Heatmaps (B,J,h,w) that are 1 at the joints, in cells, and fall off with `sigma` cells.

    Differs from Simple Baselines: they are not moved to the next cell, nor cut at 3 sigma.
    """
    x_BJ, y_BJ = centres_BJ2.unbind(-1)
    return _bell(y_BJ, grid[0], sigma)[..., :, None] * _bell(x_BJ, grid[1], sigma)[..., None, :]


def _bell(centres_BJ: Tensor, num_cells: int, sigma: float) -> Tensor:
    """exp(-d^2 / (2 sigma^2)) of the distances to the middles of cells: (B,J,cells)."""
    middles = torch.arange(num_cells, device=centres_BJ.device) + 0.5
    return (-(centres_BJ[..., None] - middles).square() / (2 * sigma**2)).exp()


def decode_heatmaps(maps_BJhw: Tensor) -> tuple[Tensor, Tensor]:
    """The joints (B,J,2) in cells, x and y, and the maxima (B,J) of their heatmaps.

    The middle of the maximal cell, moved by a quarter towards the larger neighbour in its row and
    in its column (Simple Baselines); not at the border, where there is one neighbour.
    """
    maxima, flat = maps_BJhw.flatten(2).max(dim=2)
    columns = maps_BJhw.shape[-1]
    cells = torch.stack([flat % columns, flat // columns], dim=-1)
    around = F.pad(maps_BJhw, (1, 1, 1, 1), mode="reflect")
    slopes = (
        around[..., 1:-1, 2:] - around[..., 1:-1, :-2],
        around[..., 2:, 1:-1] - around[..., :-2, 1:-1],
    )
    at_maximum = [slope.flatten(2).gather(2, flat[..., None]) for slope in slopes]
    return cells + 0.5 + 0.25 * torch.cat(at_maximum, dim=-1).sign(), maxima
