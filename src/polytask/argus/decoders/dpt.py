"""The decoder of Dense Prediction Transformers on the four maps, by segmentation-models.

The maps have DPT's four scales already, so that nothing is reassembled.
"""

from typing import Any

from torch import Tensor, nn

from polytask.argus.decoder import STRIDES, LabelSpace
from polytask.argus.decoders.dense import DenseDecoder
from polytask.models.dpt import fusion_decoder


class DPTFusion(nn.Module):
    """Fuses four maps of `dim` channels, coarse to fine, into one of `width` at 1/2 (DPT)."""

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        num_maps = len(STRIDES)
        self.decoder = fusion_decoder([dim] * num_maps, STRIDES, [width] * num_maps, width)

    def forward(self, maps_BDhw: list[Tensor]) -> Tensor:
        return self.decoder(maps_BDhw, [None] * len(maps_BDhw))


def prediction_head(width: int, out: int) -> nn.Sequential:
    """A 3x3 convolution to half the width and a linear map to `out` channels (DPT)."""
    return nn.Sequential(
        nn.Conv2d(width, width // 2, 3, padding=1), nn.ReLU(), nn.Conv2d(width // 2, out, 1)
    )


class DPTDecoder(DenseDecoder):
    """DPT of `width` channels for a dense task, without batch norms (Argus, section 3.2)."""

    def __init__(
        self, task: str, dim: int, space: LabelSpace, *, width: int = 256, **loss: Any
    ) -> None:
        super().__init__(task, space, loss)
        self.fusion = DPTFusion(dim, width)
        self.head = prediction_head(width, self.num_outputs)

    def forward(self, maps_BDhw: list[Tensor]) -> Tensor:
        return self.head(self.fusion(maps_BDhw))
