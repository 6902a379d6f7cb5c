"""Mask R-CNN, or Faster R-CNN where masks are not asked for, on the maps of a backbone.

The parts are torchvision's, put together without its transform of images.
Shapes: B images, N objects of an image, H W its pixels, D channels.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torchvision.models.detection.faster_rcnn import TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import RoIHeads, paste_masks_in_image
from torchvision.models.detection.rpn import RegionProposalNetwork
from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelMaxPool
from torchvision.ops.poolers import LevelMapper

from polytask.argus.decoder import STRIDES, Decoder, Features, LabelSpace
from polytask.argus.decoders.regions import Anchors, BoxPredictor, ProposalHead
from polytask.data.instances import Instances
from polytask.errors import UserError

LEVELS = tuple(map(str, range(len(STRIDES))))
ASPECT_RATIOS = (0.5, 1.0, 2.0)
PARTS = {
    "loss_objectness": "objectness",
    "loss_rpn_box_reg": "proposals",
    "loss_classifier": "classes",
    "loss_box_reg": "boxes",
    "loss_mask": "masks",
}


@dataclass(frozen=True, kw_only=True)
class MaskRCNNOptions:
    """Sizes and thresholds, all torchvision's and named like there unless told.

    `anchor_sizes` are sides in pixels of the images, one per map from fine to coarse and one more.
    `width` is that of the feature pyramid and of the mask head, `representation_size` that of the
    box head. Raises UserError for another number of anchor sizes.
    """

    masks: bool = False
    anchor_sizes: tuple[float, ...] = (32, 64, 128, 256, 512)
    width: int = 256
    representation_size: int = 1024
    rpn_pre_nms_top_n_train: int = 2000
    rpn_pre_nms_top_n_test: int = 1000
    rpn_post_nms_top_n_train: int = 2000
    rpn_post_nms_top_n_test: int = 1000
    rpn_batch_size_per_image: int = 256
    rpn_fg_iou_thresh: float = 0.7
    rpn_bg_iou_thresh: float = 0.3
    rpn_nms_thresh: float = 0.7
    box_batch_size_per_image: int = 512
    box_score_thresh: float = 0.05
    box_nms_thresh: float = 0.5
    box_detections_per_img: int = 100

    def __post_init__(self) -> None:
        if len(self.anchor_sizes) != len(STRIDES) + 1:
            raise UserError(
                f"mask_rcnn: {len(self.anchor_sizes)} anchor_sizes; there is one for each of "
                f"{len(STRIDES) + 1} maps"
            )


class MaskRCNN(Decoder):
    """A feature pyramid, proposals, and a class, a box and (with `masks`) a mask for each.

    In torchvision's heads class 0 is the background; labels and predictions here do without it.
    """

    def __init__(self, dim: int, space: LabelSpace, **options: Any) -> None:
        super().__init__()
        config = MaskRCNNOptions(**options)
        self.pyramid = FeaturePyramidNetwork(
            [dim] * len(STRIDES), config.width, extra_blocks=LastLevelMaxPool()
        )
        self.proposals = _proposal_network(config)
        self.heads = _heads(config, num_classes=1 + len(space.things))

    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """Of the proposals (objectness, box) and of the sampled regions (class, box, mask)."""
        self.proposals.train()  # how torchvision is told to compute losses
        self.heads.train()
        maps, images = self._seen(features)
        targets = [_targets(objects) for objects in batch["instances"]]
        boxes, of_proposals = self.proposals(images, maps, targets)
        _, of_regions = self.heads(maps, boxes, images.image_sizes, targets)
        return {PARTS[key]: part for key, part in (of_proposals | of_regions).items()}

    @torch.no_grad()
    def predict(self, features: Features) -> list[dict[str, Tensor]]:
        """Boxes (N,4), scores (N,), classes (N,), perhaps masks (N,H,W) per image, best first."""
        self.proposals.eval()
        self.heads.eval()
        maps, images = self._seen(features)
        boxes, _ = self.proposals(images, maps)
        found, _ = self.heads(maps, boxes, images.image_sizes)
        return [_said(objects, features.image_hw) for objects in found]

    def _seen(self, features: Features) -> tuple[dict[str, Tensor], ImageList]:
        """The pyramid's five maps and the images that they belong to, whose pixels are not used."""
        maps = self.pyramid(dict(zip(LEVELS, features.maps, strict=True)))
        maps = {name: level.float() for name, level in maps.items()}
        self._scale_poolers(features)
        padded = features.maps[0].new_empty(()).expand(1, 1, *features.padded_hw)
        return maps, ImageList(padded, [features.image_hw] * len(features.maps[0]))

    def _scale_poolers(self, features: Features) -> None:
        """Tell the poolers how fine the maps are.

        They would guess it once and for all from the images without padding.
        """
        finest = math.floor(math.log2(STRIDES[0] / features.enlarged))
        for pooler in (self.heads.box_roi_pool, self.heads.mask_roi_pool):
            if pooler is not None:
                pooler.scales = [features.enlarged / stride for stride in STRIDES]
                pooler.map_levels = LevelMapper(finest, finest + len(STRIDES) - 1)


def _proposal_network(options: MaskRCNNOptions) -> RegionProposalNetwork:
    sizes = tuple((size,) for size in options.anchor_sizes)
    return RegionProposalNetwork(
        Anchors(sizes, (ASPECT_RATIOS,) * len(sizes)),
        ProposalHead(options.width, len(ASPECT_RATIOS)),
        options.rpn_fg_iou_thresh,
        options.rpn_bg_iou_thresh,
        options.rpn_batch_size_per_image,
        positive_fraction=0.5,
        pre_nms_top_n={
            "training": options.rpn_pre_nms_top_n_train,
            "testing": options.rpn_pre_nms_top_n_test,
        },
        post_nms_top_n={
            "training": options.rpn_post_nms_top_n_train,
            "testing": options.rpn_post_nms_top_n_test,
        },
        nms_thresh=options.rpn_nms_thresh,
    )


def _heads(options: MaskRCNNOptions, num_classes: int) -> RoIHeads:
    box_pool = MultiScaleRoIAlign(list(LEVELS), output_size=7, sampling_ratio=2)
    heads = RoIHeads(
        box_pool,
        TwoMLPHead(options.width * math.prod(box_pool.output_size), options.representation_size),
        BoxPredictor(options.representation_size, num_classes),
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=options.box_batch_size_per_image,
        positive_fraction=0.25,
        bbox_reg_weights=None,
        score_thresh=options.box_score_thresh,
        nms_thresh=options.box_nms_thresh,
        detections_per_img=options.box_detections_per_img,
    )
    if options.masks:
        heads.mask_roi_pool = MultiScaleRoIAlign(list(LEVELS), output_size=14, sampling_ratio=2)
        heads.mask_head = MaskRCNNHeads(options.width, (options.width,) * 4, dilation=1)
        heads.mask_predictor = MaskRCNNPredictor(options.width, options.width, num_classes)
    return heads


def _targets(objects: Instances) -> dict[str, Tensor]:
    """What torchvision learns from: objects that are no crowd and have an area."""
    boxes = objects["boxes"]
    kept = ~objects["crowd"] & (boxes[:, 2:] > boxes[:, :2]).all(1)
    return {
        "boxes": boxes[kept],
        "labels": objects["classes"][kept] + 1,
        "masks": objects["masks"][kept],
    }


def _said(found: Mapping[str, Tensor], image_hw: tuple[int, int]) -> dict[str, Tensor]:
    """An image's objects on the CPU, masks pasted at its size."""
    said = {
        "boxes": found["boxes"].cpu(),
        "scores": found["scores"].cpu(),
        "classes": found["labels"].cpu() - 1,
    }
    if "masks" in found:
        masks = paste_masks_in_image(found["masks"], found["boxes"], image_hw)
        said["masks"] = (masks[:, 0] >= 0.5).cpu()
    return said
