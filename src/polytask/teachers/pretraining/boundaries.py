"""Class-agnostic boundary supervision: where one thing ends, never what it is.

Shapes: B images, H W pixels, h w patches.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from polytask.losses.counts import counts_of
from polytask.losses.dense import balanced_binary_cross_entropy
from polytask.models.inputs import model_images
from polytask.teachers.encoder import TrainableEncoder


class Boundaries(nn.Module):
    """Balanced BCE of boundaries that a linear layer predicts in `cells` x `cells` per token.

    The stand-in of the mask-supervised teacher (SAK, section 3.1: SAM): it knows no classes and
    sees the image at a higher resolution than the student does.
    """

    def __init__(self, encoder: TrainableEncoder, cells: int = 8, pos_weight: float = 0.8) -> None:
        super().__init__()
        self.encoder, self.pos_weight = encoder, pos_weight
        self.predict = nn.Conv2d(encoder.dim, cells**2, kernel_size=1)
        self.spread = nn.PixelShuffle(cells)

    def forward(self, images_B3HW: Tensor) -> Tensor:
        """Boundary logits (B,1,cells*h,cells*w) of images in [0,1]."""
        return self.spread(self.predict(self.encoder(images_B3HW)))

    def loss(self, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """`{"loss": ...}` of a batch with `image` and `edge` (B,1,H,W) in {0,1}, 255 ignored."""
        logits = self(model_images(batch["image"])).float()
        size = batch["edge"].shape[-2:]
        if logits.shape[-2:] != size:
            logits = F.interpolate(logits, size=size, mode="bilinear", align_corners=False)
        loss = balanced_binary_cross_entropy(
            logits, batch["edge"], self.pos_weight, counts_of(batch, "edge")
        )
        return {"loss": loss}
