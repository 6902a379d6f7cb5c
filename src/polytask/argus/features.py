"""The maps of a backbone that stage 2 trains decoders on: stored, computed, or trained along.

Shapes: B images, D width, h w of a map.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from polytask.argus.backbone import Backbone
from polytask.argus.decoder import Features
from polytask.teachers.features import FeatureStore
from polytask.teachers.targets import CachedTargets
from polytask.training.runtime import Runtime


class FrozenBackbone:
    """A frozen backbone's maps (B,D,h,w) of images, as float32 that half precision can hold.

    Called as a teacher is, by what stores features. Stored or not, the maps are the same.
    """

    def __init__(self, backbone: Backbone, runtime: Runtime) -> None:
        backbone.freeze()
        self.backbone, self.runtime = backbone.eval().to(runtime.device), runtime

    def shapes(self, image_hw: tuple[int, int]) -> list[tuple[int, ...]]:
        """(D, h, w) of every map of an image."""
        return [tuple(level.shape[1:]) for level in self(torch.zeros(1, 3, *image_hw))]

    @torch.no_grad()
    def __call__(self, images_B3HW: Tensor) -> list[Tensor]:
        with self.runtime.autocast():
            maps = self.backbone(images_B3HW.to(self.runtime.device)).maps
        return [level.half().float() for level in maps]


class ComputedFeatures:
    """Features of a batch by a frozen backbone."""

    def __init__(self, frozen: FrozenBackbone) -> None:
        self.frozen = frozen

    def __call__(self, batch: Mapping[str, Any]) -> Features:
        return _features(self.frozen(batch["image"]), batch, self.frozen.backbone.config.enlarged)


class StoredFeatures:
    """Features of a batch from the store at `index`, whose `views` must be those of the batch."""

    def __init__(self, index: Path, views: Mapping[str, Any], enlarged: int) -> None:
        self.targets = CachedTargets({"maps": FeatureStore(index)}, views=views)
        self.enlarged = enlarged

    def __call__(self, batch: Mapping[str, Any]) -> Features:
        return _features(self.targets(batch)["maps"], batch, self.enlarged)


class TrainedFeatures:
    """Features of a batch by a backbone whose adapter is trained with the decoder (Table 9)."""

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone

    def __call__(self, batch: Mapping[str, Any]) -> Features:
        return self.backbone(batch["image"])


def _features(maps: list[Tensor], batch: Mapping[str, Any], enlarged: int) -> Features:
    height, width = batch["image"].shape[-2:]
    return Features(maps, (height, width), enlarged)
