"""What decoders of Argus have in common: what they see, how they learn, what they say.

Shapes: B images of H x W pixels, D channels.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

STRIDES = (4, 8, 16, 32)
"""Pixels per cell of the four maps that a backbone hands over."""


@dataclass(frozen=True)
class Features:
    """Maps (B,D,h,w) at 1/4, 1/8, 1/16 and 1/32 of images padded to whole strides of 32.

    `image_hw` is the size of the images before that: predictions are made for it. A backbone that
    looks at images `enlarged` so many times has maps that are finer by as much.
    """

    maps: list[Tensor]
    image_hw: tuple[int, int]
    enlarged: int = 1

    @property
    def padded_hw(self) -> tuple[int, int]:
        """Height and width of the padded images, in the images' own pixels."""
        height, width = self.maps[0].shape[-2:]
        return height * STRIDES[0] // self.enlarged, width * STRIDES[0] // self.enlarged


@dataclass(frozen=True, kw_only=True)
class LabelSpace:
    """What the labels of a data set can say, as far as decoders and metrics need to know it.

    `classes` are the semantic ones, `things` the indices of those that come as countable objects:
    class k of "instances" is classes[things[k]]. `image_classes` are those of whole images.
    """

    classes: tuple[str, ...] = ()
    things: tuple[int, ...] = ()
    image_classes: tuple[str, ...] = ()
    edge_max_dist: float = 0.0075
    protocols: Mapping[str, str] | None = None

    @property
    def thing_names(self) -> tuple[str, ...]:
        """Of the classes of "instances", in their order."""
        return tuple(self.classes[index] for index in self.things)


class Decoder(nn.Module, ABC):
    """A task's decoder on the four maps of a backbone."""

    @abstractmethod
    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """The parts of the task's loss, weighted: they are summed up. Labels as in the batch."""

    @abstractmethod
    def predict(self, features: Features) -> list[Any]:
        """What is said of each image, on the CPU, at its size: what the task's metric takes."""
