"""What all decoders of Argus stand on: a ViT with an adapter, or the ViT alone ("adapted DINOv2").

Shapes: B images of H x W pixels, D width, h w of a map.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from polytask.argus.decoder import STRIDES, Features
from polytask.models.argus.backbone import STRIDE, WHOLE, AdaptedStudent, shrunk
from polytask.models.heads import resize
from polytask.models.inputs import model_images
from polytask.models.sak import Representations, Student, StudentConfig
from polytask.models.stem import StemTokens, block_outputs, pad_to_multiple


@dataclass(frozen=True, kw_only=True)
class BackboneConfig:
    """A ViT, with the adapter that `student` names or none, that sees images `enlarged`.

    Not in the paper: `enlarged`, for images that are smaller than their patches would like.
    """

    student: StudentConfig
    enlarged: int = 1

    def describe(self) -> dict[str, Any]:
        """The same as plain data, which `of` takes back."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "BackboneConfig":
        return cls(student=StudentConfig(**values["student"]), enlarged=values["enlarged"])


class Backbone(nn.Module):
    """Images to four maps of 1/4 to 1/32 of their size (Argus, section 3.1)."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.config = config
        size = tuple(side * config.enlarged for side in config.student.image_size)
        student = StudentConfig(**{**asdict(config.student), "image_size": size})
        self.student = AdaptedStudent(student, {}) if student.adapter else LevelMaps(student, {})

    @property
    def dim(self) -> int:
        """Channels of every map."""
        return self.student.dim

    def forward(self, images_B3HW: Tensor) -> Features:
        """Four maps of raw images (uint8) or of images in [0, 1]."""
        images = model_images(images_B3HW)
        image_hw = images.shape[-2], images.shape[-1]
        enlarged = resize(images, tuple(side * self.config.enlarged for side in image_hw))
        return Features(self.student(enlarged).stem, image_hw, self.config.enlarged)

    def train_adapter(self) -> None:
        """Let the adapter have gradients, and the ViT where that is not to stay frozen."""
        self.student.train_all()

    def freeze(self) -> None:
        self.student.requires_grad_(False)

    def last_layer(self) -> list[Tensor]:
        """The weights of the last layer that all decoders share: that of the projection module."""
        return list(self.student.adapter.projection.norms.parameters())


class LevelMaps(Student):
    """A plain ViT whose levels, normalised and resampled, are the four maps: level i at STRIDES[i].

    Not in the paper, which says that DINOv2 has the same decoders: the norm (without weights) and
    which level becomes which map. Images are padded and shrunk as with an adapter.
    """

    def forward(self, images_B3HW: Tensor) -> Representations:
        images = pad_to_multiple((images_B3HW - self.mean) / self.std, WHOLE)
        height, width = images.shape[-2:]
        tokens = block_outputs(
            self.embed(resize(images, shrunk((height, width), self.patch))), self.blocks()
        )
        grid = height // STRIDE, width // STRIDE
        stem = StemTokens(tokens=tokens, grid=grid, num_prefix=self.vit.num_prefix_tokens)
        maps = [
            resize(_normalised(stem.to_map(tokens[level + 1])), (height // stride, width // stride))
            for level, stride in zip(self.levels, STRIDES, strict=True)
        ]
        return Representations(stem=maps, experts={}, aligned={})


def _normalised(map_BDhw: Tensor) -> Tensor:
    """Every cell's D values with mean 0 and variance 1."""
    cells = map_BDhw.permute(0, 2, 3, 1)
    return F.layer_norm(cells, cells.shape[-1:]).permute(0, 3, 1, 2)
