"""Mask2Former on the maps of a backbone: queries that each say a class and a mask.

The parts are those of transformers, with its initial weights, matching and losses.
Shapes: B images, Q queries, C classes, N objects of an image, h w cells of the finest map.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers.models.mask2former.configuration_mask2former import Mask2FormerConfig
from transformers.models.mask2former.modeling_mask2former import (
    Mask2FormerLoss,
    Mask2FormerPixelDecoder,
    Mask2FormerPreTrainedModel,
    Mask2FormerTransformerModule,
)

from polytask.argus.decoder import STRIDES, Decoder, Features, LabelSpace
from polytask.argus.decoders import queries
from polytask.data.instances import Instances
from polytask.errors import UserError

GROUPS = 32
"""Of the library's group norms."""


@dataclass(frozen=True, kw_only=True)
class Mask2FormerOptions:
    """Sizes and weights of the loss, all as in the Mask2Former of transformers unless told.

    `hidden_dim` channels inside, `encoder_layers` of deformable attention over the three coarser
    maps (pixel decoder), `decoder_layers` of masked attention; there is a prediction before the
    first and after each of them, and all but the last are auxiliary. Masks are compared at
    `num_points` points. Raises UserError for sizes that do not go together.
    """

    hidden_dim: int = 256
    num_queries: int = 100
    num_heads: int = 8
    encoder_layers: int = 6
    encoder_feedforward_dim: int = 1024
    decoder_layers: int = 9
    decoder_feedforward_dim: int = 2048
    num_points: int = 12544
    class_weight: float = 2.0
    mask_weight: float = 5.0
    dice_weight: float = 5.0
    no_object_weight: float = 0.1

    def __post_init__(self) -> None:
        for name, divisor in (("groups", GROUPS), ("num_heads", self.num_heads)):
            if self.hidden_dim % divisor:
                raise UserError(
                    f"mask2former: hidden_dim {self.hidden_dim} is not a multiple of "
                    f"its {name}, {divisor}"
                )

    def library(self, num_classes: int) -> Mask2FormerConfig:
        """The same in the library's words (it counts the prediction before the first layer)."""
        return Mask2FormerConfig(
            num_labels=num_classes, feature_size=self.hidden_dim,
            mask_feature_size=self.hidden_dim, hidden_dim=self.hidden_dim,
            num_queries=self.num_queries, num_attention_heads=self.num_heads,
            encoder_layers=self.encoder_layers,
            encoder_feedforward_dim=self.encoder_feedforward_dim,
            decoder_layers=self.decoder_layers + 1, dim_feedforward=self.decoder_feedforward_dim,
            train_num_points=self.num_points, class_weight=self.class_weight,
            mask_weight=self.mask_weight, dice_weight=self.dice_weight,
            no_object_weight=self.no_object_weight, feature_strides=STRIDES,
        )  # fmt: skip


class MaskQueries(Mask2FormerPreTrainedModel):
    """Pixel decoder, queries and their classes; a model of the library, for its initial weights."""

    def __init__(self, config: Mask2FormerConfig, dim: int) -> None:
        super().__init__(config)
        self.pixel_decoder = Mask2FormerPixelDecoder(config, feature_channels=[dim] * len(STRIDES))
        self.transformer = Mask2FormerTransformerModule(config.feature_size, config)
        self.class_predictor = nn.Linear(config.hidden_dim, config.num_labels + 1)
        self.post_init()

    def forward(self, maps_BDhw: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Class logits (B,Q,C+1) and mask logits (B,Q,h,w), float32, of every prediction."""
        pixels = self.pixel_decoder([level.float() for level in maps_BDhw])
        said = self.transformer(pixels.multi_scale_features, pixels.mask_features)
        classes = [
            self.class_predictor(hidden.transpose(0, 1)).float()
            for hidden in said.intermediate_hidden_states
        ]
        return classes, [masks.float() for masks in said.masks_queries_logits]


class Mask2Former(Decoder):
    """Queries that learn the objects under `label` in a batch."""

    label: str

    def __init__(self, dim: int, num_classes: int, **options: Any) -> None:
        super().__init__()
        config = Mask2FormerOptions(**options).library(num_classes)
        self.network = MaskQueries(config, dim)
        weights = {
            "cross_entropy": config.class_weight,
            "mask": config.mask_weight,
            "dice": config.dice_weight,
        }
        self.criterion = Mask2FormerLoss(config, weights)

    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """Cross-entropy of classes, and of masks, and Dice, each summed over all predictions."""
        classes, masks = self.network(features.maps)
        auxiliary = [
            {"class_queries_logits": said, "masks_queries_logits": where}
            for said, where in zip(classes[:-1], masks[:-1], strict=True)
        ]
        targets = [_targets(objects, features.padded_hw) for objects in batch[self.label]]
        with torch.autocast(masks[-1].device.type, enabled=False):
            parts = self.criterion(
                masks[-1], classes[-1], [target[0] for target in targets],
                [target[1] for target in targets], auxiliary,
            )  # fmt: skip
        return {
            name: weight * sum(part for key, part in parts.items() if name in key)
            for name, weight in self.criterion.weight_dict.items()
        }

    @torch.no_grad()
    def predict(self, features: Features) -> list[Any]:
        """What the last prediction says of each image, masks resampled to its pixels."""
        classes, masks = self.network(features.maps)
        height, width = features.image_hw
        said = []
        for class_logits, mask_logits in zip(classes[-1], masks[-1], strict=True):
            padded = F.interpolate(
                mask_logits[None], size=features.padded_hw, mode="bilinear", align_corners=False
            )[0]
            said.append(_on_cpu(self.decide(class_logits, padded[:, :height, :width])))
        return said

    @abstractmethod
    def decide(self, class_logits_QC: Tensor, mask_logits_QHW: Tensor) -> dict[str, Any]:
        """The prediction for one image."""


class InstanceMask2Former(Mask2Former):
    """Objects with masks: the best `max_detections` of all queries and classes."""

    label = "instances"

    def __init__(
        self, dim: int, space: LabelSpace, *, max_detections: int = 100, **options: Any
    ) -> None:
        super().__init__(dim, len(space.things), **options)
        self.max_detections = max_detections

    def decide(self, class_logits_QC: Tensor, mask_logits_QHW: Tensor) -> dict[str, Any]:
        """Boxes, scores, classes and masks, best first (`queries.instances`)."""
        return queries.instances(class_logits_QC, mask_logits_QHW, self.max_detections)


class PanopticMask2Former(Mask2Former):
    """One segment per thing and per class of stuff (`queries.panoptic`)."""

    label = "panoptic"

    def __init__(
        self,
        dim: int,
        space: LabelSpace,
        *,
        score_threshold: float = 0.5,
        overlap_threshold: float = 0.8,
        **options: Any,
    ) -> None:
        super().__init__(dim, len(space.classes), **options)
        self.stuff = frozenset(range(len(space.classes))) - frozenset(space.things)
        self.score_threshold, self.overlap_threshold = score_threshold, overlap_threshold

    def decide(self, class_logits_QC: Tensor, mask_logits_QHW: Tensor) -> dict[str, Any]:
        """Ids (H,W) and the segments that they stand for."""
        return queries.panoptic(
            class_logits_QC, mask_logits_QHW, self.stuff,
            score_threshold=self.score_threshold, overlap_threshold=self.overlap_threshold,
        )  # fmt: skip


def _targets(objects: Instances, padded_hw: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Masks (N,H,W) 0/1 of what is no crowd, padded like the maps, and their classes (N,)."""
    masks = objects["masks"][~objects["crowd"]].float()
    (height, width), (padded_height, padded_width) = masks.shape[-2:], padded_hw
    padded = F.pad(masks, (0, padded_width - width, 0, padded_height - height))
    return padded, objects["classes"][~objects["crowd"]]


def _on_cpu(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.cpu() if isinstance(value, Tensor) else value for key, value in said.items()}
