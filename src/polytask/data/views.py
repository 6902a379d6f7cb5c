"""A view is a box of the source image, a flip and a colour change: a pure function of its key.

Box and output share one convention: the centre of output pixel i is the source point
top + (i + 0.5) * height / H, for images (antialiased bilinear) and labels (nearest) alike, so they
stay aligned to the sub-pixel.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Protocol

import numpy as np

from polytask.tasks import IGNORE

Size = tuple[int, int]
"""Height, width in pixels."""


@dataclass(frozen=True)
class View:
    """A box in source pixels (it may reach beyond the image: padding) and what is done to it.

    `flip` mirrors left and right. Colours: `brightness` is added (0..255), `contrast` and
    `saturation` multiply, `hue` turns by degrees; None leaves the colours alone.
    """

    top: float
    left: float
    height: float
    width: float
    flip: bool = False
    brightness: float | None = None
    contrast: float | None = None
    saturation: float | None = None
    hue: float | None = None

    def to_tuple(self) -> tuple[float | bool | None, ...]:
        """The view as JSON can hold it; `View(*values)` brings it back exactly."""
        return astuple(self)

    def zoom(self, out_hw: Size) -> float:
        """How much larger things appear in the output than in the source."""
        return math.sqrt(out_hw[0] / self.height * out_hw[1] / self.width)


class ViewPolicy(Protocol):
    """Draws views; `uses_label` says whether `draw` wants the semseg label (H, W) to look at."""

    @property
    def uses_label(self) -> bool: ...

    def draw(
        self, seed: int, index: int, view: int, image_hw: Size, out_hw: Size,
        label: np.ndarray | None = None,
    ) -> View:  # fmt: skip
        """The view number `view` of image number `index`: the same for the same arguments."""
        ...


def whole_view(image_hw: Size, out_hw: Size) -> View:
    """The image at its own scale in the middle of the output, padded (SAK, evaluation).

    Raises ValueError where the image is larger than the output.
    """
    if image_hw[0] > out_hw[0] or image_hw[1] > out_hw[1]:
        raise ValueError(f"an image of {image_hw} does not fit into {out_hw}")
    top, left = ((out - size) // 2 for out, size in zip(out_hw, image_hw, strict=True))
    return View(-top, -left, *out_hw)


def shrunk_view(image_hw: Size, out_hw: Size) -> View:
    """The whole image in the middle of the output: an image that is larger is shown smaller."""
    shrink = max(image_hw[0] / out_hw[0], image_hw[1] / out_hw[1])
    if shrink <= 1:
        return whole_view(image_hw, out_hw)
    height, width = out_hw[0] * shrink, out_hw[1] * shrink
    return View((image_hw[0] - height) / 2, (image_hw[1] - width) / 2, height, width)


@dataclass(frozen=True)
class CentreCrop:
    """The largest box of the output's shape in the middle of the image: the same for every view."""

    uses_label = False

    def draw(
        self, seed: int, index: int, view: int, image_hw: Size, out_hw: Size,
        label: np.ndarray | None = None,
    ) -> View:  # fmt: skip
        scale = min(image_hw[0] / out_hw[0], image_hw[1] / out_hw[1])
        height, width = out_hw[0] * scale, out_hw[1] * scale
        return View((image_hw[0] - height) / 2, (image_hw[1] - width) / 2, height, width)


@dataclass(frozen=True, kw_only=True)
class RandomResizedCrop:
    """A box of random area (share of the image) and shape, flipped or not (SAK, stage 1)."""

    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    uses_label = False

    def draw(
        self, seed: int, index: int, view: int, image_hw: Size, out_hw: Size,
        label: np.ndarray | None = None,
    ) -> View:  # fmt: skip
        rng = _rng(seed, index, view)
        height, width = self._size(rng, *image_hw)
        top = int(rng.integers(image_hw[0] - height + 1))
        left = int(rng.integers(image_hw[1] - width + 1))
        return View(top, left, height, width, bool(rng.random() < 0.5))

    def _size(self, rng: np.random.Generator, rows: int, columns: int) -> Size:
        for _ in range(10):
            area = rows * columns * rng.uniform(*self.scale)
            ratio = math.exp(rng.uniform(math.log(self.ratio[0]), math.log(self.ratio[1])))
            height, width = round(math.sqrt(area / ratio)), round(math.sqrt(area * ratio))
            if 0 < height <= rows and 0 < width <= columns:
                return height, width
        ratio = min(max(columns / rows, self.ratio[0]), self.ratio[1])
        return min(rows, max(1, round(columns / ratio))), min(columns, max(1, round(rows * ratio)))


@dataclass(frozen=True, kw_only=True)
class ScaleAndCrop:
    """Zoom by U(scale), cut the output's size out of it, flip, change colours (SAK, stage 2).

    Of ten crops the first is taken in which no class fills more than `cat_max_ratio` of the
    labelled pixels. Where the zoomed image is smaller than the output it is padded evenly.
    """

    scale: tuple[float, float] = (0.5, 2.0)
    cat_max_ratio: float = 0.75
    photometric: bool = True

    @property
    def uses_label(self) -> bool:
        return self.cat_max_ratio < 1

    def draw(
        self, seed: int, index: int, view: int, image_hw: Size, out_hw: Size,
        label: np.ndarray | None = None,
    ) -> View:  # fmt: skip
        rng = _rng(seed, index, view)
        scale = rng.uniform(*self.scale)
        height, width = out_hw[0] / scale, out_hw[1] / scale
        for _ in range(10):
            top, left = _offset(rng, image_hw[0], height), _offset(rng, image_hw[1], width)
            box = View(top, left, height, width)
            if label is None or not self.uses_label or self._varied(label, box):
                break
        flip = bool(rng.random() < 0.5)
        colours = _photometric(rng) if self.photometric else ()
        return View(top, left, height, width, flip, *colours)

    def _varied(self, label: np.ndarray, box: View) -> bool:
        rows = slice(max(0, round(box.top)), max(0, round(box.top + box.height)))
        columns = slice(max(0, round(box.left)), max(0, round(box.left + box.width)))
        counts = np.bincount(label[rows, columns].ravel(), minlength=IGNORE + 1)[:IGNORE]
        return np.count_nonzero(counts) > 1 and counts.max() < self.cat_max_ratio * counts.sum()


def _rng(seed: int, index: int, view: int) -> np.random.Generator:
    return np.random.default_rng((seed, index, view))


def _offset(rng: np.random.Generator, size: int, box: float) -> float:
    """Where a box starts: anywhere inside the image, or centred where the image is smaller."""
    room = size - box
    return rng.uniform(0, room) if room > 0 else room / 2


def _photometric(rng: np.random.Generator) -> Sequence[float | None]:
    """Brightness, contrast, saturation, hue, each with probability one half."""
    ranges = ((-32, 32), (0.5, 1.5), (0.5, 1.5), (-18, 18))
    values = [rng.uniform(*limits) for limits in ranges]
    return [value if rng.random() < 0.5 else None for value in values]
