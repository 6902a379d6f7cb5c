"""Semantic supervision: every token says which classes its four quarters show.

Shapes: B images, K classes, H W pixels, h w patches.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from polytask.losses.counts import counts_of
from polytask.losses.dense import cross_entropy
from polytask.models.inputs import model_images
from polytask.teachers.encoder import TrainableEncoder


class DenseClass(nn.Module):
    """Cross-entropy over classes that a linear layer predicts in `cells` x `cells` per token.

    The stand-in of the semantic teachers' supervision (SAK, section 3.1): image-level labels
    teach an encoder nothing within a small budget, dense labels do.
    """

    def __init__(self, encoder: TrainableEncoder, num_classes: int, cells: int = 2) -> None:
        super().__init__()
        self.encoder = encoder
        self.predict = nn.Conv2d(encoder.dim, num_classes * cells**2, kernel_size=1)
        self.spread = nn.PixelShuffle(cells)

    def forward(self, images_B3HW: Tensor) -> Tensor:
        """Logits (B,K,cells*h,cells*w) of images in [0,1]."""
        return self.spread(self.predict(self.encoder(images_B3HW)))

    def loss(self, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """`{"loss": ...}` of a batch with `image` and `semseg` (B,H,W), 255 ignored."""
        logits = self(model_images(batch["image"])).float()
        logits = F.interpolate(logits, size=batch["semseg"].shape[-2:], mode="nearest")
        return {"loss": cross_entropy(logits, batch["semseg"], counts_of(batch, "semseg"))}
