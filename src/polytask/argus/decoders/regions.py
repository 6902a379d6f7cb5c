"""Parts of torchvision's detectors, for maps of any fineness and for half precision.

Shapes: B images, A anchors, R regions, C classes with the background, h w cells of a map.
"""

import torch
from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.rpn import RPNHead


class Anchors(AnchorGenerator):
    """Boxes of one size per map, in several shapes, at every cell; maps halve from one to the next.

    Differs from torchvision's: strides are those of the finest map, doubled from map to map, not
    whole pixels of the image per cell, which are wrong where a map has an odd number of cells and
    where the finest map has more cells than the image has pixels.
    """

    def forward(self, image_list: ImageList, feature_maps: list[Tensor]) -> list[Tensor]:
        """Anchors (A,4) of each image, from the finest map to the coarsest."""
        finest = feature_maps[0]
        self.set_cell_anchors(finest.dtype, finest.device)
        sides = zip(image_list.tensors.shape[-2:], finest.shape[-2:], strict=True)
        strides = torch.tensor([pixels / cells for pixels, cells in sides], device=finest.device)
        per_map = self.grid_anchors(
            [list(level.shape[-2:]) for level in feature_maps],
            [list(strides * 2**level) for level in range(len(feature_maps))],
        )
        return [torch.cat(per_map)] * len(image_list.image_sizes)


class ProposalHead(RPNHead):
    """Objectness and box of every anchor in float32 also under autocast: boxes take on its type."""

    def forward(self, x: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Per map the logits (B,A,h,w) and the offsets (B,4A,h,w)."""
        logits, offsets = super().forward(x)
        return [level.float() for level in logits], [level.float() for level in offsets]


class BoxPredictor(FastRCNNPredictor):
    """Class and box of every region in float32 also under autocast: boxes take on its type."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (R,C) and offsets (R,4C)."""
        logits, offsets = super().forward(x)
        return logits.float(), offsets.float()
