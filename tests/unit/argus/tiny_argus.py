"""The smallest backbone, and a decoder that says one number per image."""

import torch
from torch import nn

from polytask.argus.backbone import Backbone, BackboneConfig
from polytask.argus.decoder import Decoder
from polytask.argus.task import VisionTask
from polytask.models.argus.config import AdapterConfig
from polytask.models.sak import StudentConfig

ADAPTER = AdapterConfig(
    norm="group", num_groups=4, scale_tokens=True, freeze_vit=True, stem_width=8, num_points=2,
    value_ratio=0.5, ffn_ratio=0.25, extra_extractors=0,
)  # fmt: skip


def backbone(adapter: AdapterConfig | None = ADAPTER, enlarged: int = 1) -> Backbone:
    torch.manual_seed(0)
    student = StudentConfig(
        model="vit_tiny_patch16_224", image_size=(32, 32), levels=(0, 1, 2, 3), biases="none",
        model_args={"patch_size": 8, "embed_dim": 16, "depth": 4, "num_heads": 2}, adapter=adapter,
    )  # fmt: skip
    return Backbone(BackboneConfig(student=student, enlarged=enlarged))


class Brightness(Decoder):
    """Predicts the mean of `gain` times the finest map; learns the label "bright"."""

    def __init__(self, dim: int, space, gain: float = 1.0) -> None:
        super().__init__()
        self.weigh, self.gain = nn.Linear(dim, 1), gain

    def said(self, features):
        return self.gain * self.weigh(features.maps[0].mean(dim=(2, 3)))[:, 0]

    def losses(self, features, batch):
        return {"l2": (self.said(features) - batch["bright"].float()).square().mean()}

    def predict(self, features):
        return list(self.said(features).cpu())


def task(name: str) -> VisionTask:
    return VisionTask(
        name=name, title=name, label="bright", metric_name="error", unit="",
        higher_is_better=False, decoders={"brightness": Brightness}, metric=lambda space: None,
        draw=lambda pixels, prediction, space: pixels,
    )  # fmt: skip


def batch(size: int = 4, first: int = 0) -> dict:
    generator = torch.Generator().manual_seed(first)
    images = torch.randint(0, 256, (size, 3, 32, 32), dtype=torch.uint8, generator=generator)
    return {
        "image": images,
        "bright": images.float().mean(dim=(1, 2, 3)) / 255,
        "index": torch.arange(first, first + size),
        "view": torch.zeros(size, dtype=torch.int64),
    }
