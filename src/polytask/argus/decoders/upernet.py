"""UperNet on the four maps, by transformers, with its auxiliary head."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional as F
from transformers.models.upernet.configuration_upernet import UperNetConfig
from transformers.models.upernet.modeling_upernet import UperNetFCNHead, UperNetHead

from polytask.argus.decoder import STRIDES, Features, LabelSpace
from polytask.argus.decoders.dense import DenseDecoder
from polytask.argus.decoders.enlarged import convolve_enlarged
from polytask.models.group_norms import use_group_norms


class PyramidHead(UperNetHead):
    """The library's head, whose last convolution does not see enlarged maps but says the same.

    That convolution of four maps is most of UperNet's work; on a CPU this way takes half as long.
    """

    def forward(self, encoder_hidden_states: list[Tensor]) -> Tensor:
        levels = [
            lateral(level)
            for lateral, level in zip(self.lateral_convs, encoder_hidden_states[:-1], strict=True)
        ]
        levels.append(self.psp_forward(encoder_hidden_states))
        for at in range(len(levels) - 1, 0, -1):
            size = levels[at - 1].shape[-2:]
            coarser = F.interpolate(levels[at], size=size, mode="bilinear", align_corners=False)
            levels[at - 1] = levels[at - 1] + coarser
        smooth = [conv(level) for conv, level in zip(self.fpn_convs, levels[:-1], strict=True)]
        last = self.fpn_bottleneck
        fused = convolve_enlarged([*smooth, levels[-1]], last.conv.weight)
        return self.classifier(last.activation(last.batch_norm(fused)))


class UperNetDecoder(DenseDecoder):
    """UperNet of `width` channels for a dense task (Argus, section 3.2).

    A head of two convolutions on the map at 1/16 is trained beside it, its loss weighted by
    `auxiliary_weight`, as in the recipes that UperNet comes with; 0 leaves it out. Differs from
    them: groups of 16 channels are normalised in the place of the batch. Widths are multiples of
    16. Raises UserError for others.
    """

    def __init__(
        self, task: str, dim: int, space: LabelSpace, *, width: int = 512,
        auxiliary_width: int = 256, auxiliary_weight: float = 0.4, **loss: Any,
    ) -> None:  # fmt: skip
        super().__init__(task, space, loss)
        config = UperNetConfig(
            hidden_size=width, auxiliary_channels=auxiliary_width, num_labels=self.num_outputs
        )
        channels = [dim] * len(STRIDES)
        self.auxiliary_weight = auxiliary_weight
        self.head = PyramidHead(config, channels)
        self.auxiliary = UperNetFCNHead(config, channels) if auxiliary_weight else None
        use_group_norms(self)

    def forward(self, maps_BDhw: list[Tensor]) -> Tensor:
        return self.head(maps_BDhw)

    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        parts = super().losses(features, batch)
        if self.auxiliary is not None:
            loss = self.loss_of(self.auxiliary(features.maps), features, batch)
            parts["auxiliary"] = self.auxiliary_weight * loss
        return parts
