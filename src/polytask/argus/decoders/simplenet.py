"""Anomaly detection: features of sound photos are told from the same ones with noise added.

Shapes: B images, D channels of a map, C = D times the number of levels, N = B h w places.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

from polytask.argus.decoder import Decoder, Features, LabelSpace
from polytask.errors import UserError


class SimpleNet(Decoder):
    """Adaptor and discriminator of SimpleNet on maps of a backbone (Liu et al., CVPR 2023).

    `levels` are the maps it looks at (0 the finest), `hidden` the width of the discriminator,
    `noise` the standard deviation of what is added, `threshold` where a place's loss ends, `blur`
    the standard deviation of the score map's smoothing as a share of the image's longer side
    (4 of 256 pixels there). Differs from the paper: channels are brought to mean 0 and deviation 1
    by running statistics before the adaptor, as maps of different backbones differ in scale: the
    noise is relative to that.
    """

    def __init__(
        self, dim: int, space: LabelSpace, *, levels: Sequence[int] = (1, 2), hidden: int = 256,
        noise: float = 0.5, threshold: float = 0.5, blur: float = 4 / 256,
    ) -> None:  # fmt: skip
        super().__init__()
        self.levels, self.noise, self.threshold, self.blur = tuple(levels), noise, threshold, blur
        channels = dim * len(self.levels)
        self.standardise = nn.BatchNorm1d(channels, affine=False)
        self.adaptor = nn.Linear(channels, channels)
        self.discriminator = nn.Sequential(
            nn.Linear(channels, hidden),
            nn.BatchNorm1d(hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1, bias=False),
        )
        for layer in (self.adaptor, self.discriminator[0], self.discriminator[3]):
            nn.init.xavier_normal_(layer.weight)

    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """The truncated L1 loss; raises UserError for a batch with a photo of a defect."""
        if defects := int(batch["anomaly"].sum()):
            raise UserError(
                f"anomaly: {defects} training photos show a defect; train on sound ones alone "
                "(`train_split`)"
            )
        with torch.autocast(features.maps[0].device.type, enabled=False):
            sound_NC = self.adapted(features)[0]
            noisy_NC = sound_NC + self.noise * torch.randn_like(sound_NC)
            verdicts = self.discriminator(torch.cat([sound_NC, noisy_NC]))[:, 0]
            return {"anomaly": truncated_l1(*verdicts.chunk(2), self.threshold)}

    @torch.no_grad()
    def predict(self, features: Features) -> list[dict[str, Any]]:
        """Of each image {"score": float, "map": float32 (H, W)}: how far from sound it looks."""
        with torch.autocast(features.maps[0].device.type, enabled=False):
            adapted_NC, (height, width) = self.adapted(features)
            scores = -self.discriminator(adapted_NC).reshape(-1, 1, height, width)
            maps = self.smoothed(at_image(scores, features))
        return [{"score": float(each.max()), "map": each[0].numpy()} for each in maps.cpu()]

    def adapted(self, features: Features) -> tuple[Tensor, tuple[int, int]]:
        """Adapted features (N,C) of every place, and the height and width of the grid."""
        local = locally_aggregated([features.maps[level].float() for level in self.levels])
        return self.adaptor(self.standardise(local.movedim(1, -1).flatten(0, 2))), local.shape[-2:]

    def smoothed(self, maps: Tensor) -> Tensor:
        """Maps (B,1,H,W) under a Gaussian."""
        sigma = self.blur * max(maps.shape[-2:])
        reach = min(math.ceil(3 * sigma), min(maps.shape[-2:]) - 1)
        return gaussian_blur(maps, [2 * reach + 1] * 2, [sigma] * 2) if reach else maps


def locally_aggregated(maps: Sequence[Tensor]) -> Tensor:
    """Means over 3 x 3 cells of each map, all at the finest one's size: (B,C,h,w)."""
    means = [F.avg_pool2d(each, 3, 1, 1, count_include_pad=False) for each in maps]
    finest = max((each.shape[-2:] for each in means), key=math.prod)
    return torch.cat(
        [F.interpolate(m, finest, mode="bilinear", align_corners=False) for m in means], 1
    )


def truncated_l1(sound_N: Tensor, noisy_N: Tensor, threshold: float) -> Tensor:
    """Zero where a sound place is above `threshold` and a noisy one below minus it."""
    return (F.relu(threshold - sound_N) + F.relu(threshold + noisy_N)).mean()


def at_image(maps: Tensor, features: Features) -> Tensor:
    """Maps (B,1,h,w) of the padded images at the images' size, without the padding."""
    height, width = features.image_hw
    padded = F.interpolate(maps, features.padded_hw, mode="bilinear", align_corners=False)
    return padded[..., :height, :width]
