"""What decoders of the dense tasks share: outputs at every pixel, the task's loss.

Shapes: B images of H x W pixels, D channels, C outputs per pixel.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from polytask.argus.decoder import Decoder, Features, LabelSpace
from polytask.errors import UserError
from polytask.losses.multitask import LossConfig, task_loss
from polytask.models.heads import resize
from polytask.tasks import num_outputs

EDGE_POS_WEIGHT = 0.95
"""Weight of boundary pixels where the options do not say it (SAK)."""


class DenseDecoder(Decoder):
    """Raw outputs of a dense task of polytask.tasks, as its losses and metrics take them.

    `loss` are the fields of LossConfig that differ from its defaults. Raises UserError for semantic
    classes on a data set that has none.
    """

    def __init__(self, task: str, space: LabelSpace, loss: Mapping[str, Any]) -> None:
        super().__init__()
        self.task, self.num_outputs = task, num_outputs(task, len(space.classes))
        if not self.num_outputs:
            raise UserError(f"task {task!r}: the data set has no classes; choose another data set")
        self.loss = LossConfig(**{"edge_pos_weight": EDGE_POS_WEIGHT, **loss})

    @abstractmethod
    def forward(self, maps_BDhw: list[Tensor]) -> Tensor:
        """Raw outputs (B,C,h,w) that cover the padded images, on any grid."""

    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return {self.task: self.loss_of(self(features.maps), features, batch)}

    def predict(self, features: Features) -> list[Tensor]:
        """Raw outputs (C,H,W) of each image, float32."""
        return list(at_image_size(self(features.maps).detach(), features).cpu())

    def loss_of(self, outputs_BChw: Tensor, features: Features, batch: Mapping[str, Any]) -> Tensor:
        """The task's loss of outputs on any grid, taken at the size of the labels."""
        return task_loss(self.task, at_image_size(outputs_BChw, features), batch, self.loss)


def at_image_size(outputs_BChw: Tensor, features: Features) -> Tensor:
    """Resample outputs that cover the padded images, in float32, and cut the padding off."""
    height, width = features.image_hw
    return resize(outputs_BChw.float(), features.padded_hw)[..., :height, :width]
