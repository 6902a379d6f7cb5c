"""An image that is large enough to write on, and words on it that never hide each other."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LEAST_SIDE = 224
"""Pixels of the shorter side below which an image is enlarged, a whole number of times."""
Colour = tuple[int, int, int]
Place = tuple[float, float, float, float]
DARK, LIGHT = (16, 16, 20), (255, 255, 255)


class Canvas:
    """An RGB image `scale` times as large as `pixels`, with lines and letters in proportion."""

    def __init__(self, pixels: np.ndarray) -> None:
        height, width = pixels.shape[:2]
        self.scale = max(1, math.ceil(LEAST_SIDE / min(height, width)))
        self.size = width * self.scale, height * self.scale
        self.image = Image.fromarray(pixels).resize(self.size, Image.Resampling.BICUBIC)
        side = min(self.size)
        self.line = max(2, side // 160)
        self.font = ImageFont.load_default(max(11, side // 36))
        self.taken: list[Place] = []

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """What draws on the image as it is now."""
        return ImageDraw.Draw(self.image)

    @property
    def pixels(self) -> np.ndarray:
        """The picture, uint8 (H,W,3)."""
        return np.asarray(self.image)

    def enlarged(self, mask: np.ndarray) -> np.ndarray:
        """Booleans or numbers (H,W) of the pixels for those of the canvas."""
        return mask.repeat(self.scale, axis=0).repeat(self.scale, axis=1)

    def blend(self, colours: np.ndarray, weight: np.ndarray) -> None:
        """Mix in colours (H,W,3) or (3,) by weights 0..1 (H,W), both of the canvas."""
        weight = weight[..., None].astype(np.float32)
        mixed = np.asarray(self.image) * (1 - weight) + colours * weight
        self.image = Image.fromarray(mixed.round().astype(np.uint8))

    def outline(self, mask: np.ndarray, colour: Colour) -> None:
        """A line along the inside of a mask (H,W) of the canvas."""
        self.blend(np.array(colour), mask & ~_eroded(mask, self.line))

    def label(self, words: str, x: float, y: float, colour: Colour) -> None:
        """Write on a patch that ends in a corner at (x, y): above it or, where taken, below.

        Words for which neither place is free are left out.
        """
        left, top, right, bottom = self.font.getbbox(words)
        pad = max(2, self.font.size // 5)
        width, height = right - left + 2 * pad, bottom - top + 2 * pad
        for start in (y - height, y, y + height):
            x0 = min(max(x, 0), max(self.size[0] - width, 0))
            y0 = min(max(start, 0), max(self.size[1] - height, 0))
            place = (x0, y0, x0 + width, y0 + height)
            if not any(_overlap(place, other) for other in self.taken):
                self.taken.append(place)
                self.draw.rectangle((x0, y0, x0 + width - 1, y0 + height - 1), fill=colour)
                ink = DARK if _luminance(colour) > 140 else LIGHT
                self.draw.text((x0 + pad - left, y0 + pad - top), words, fill=ink, font=self.font)
                return


def _eroded(mask: np.ndarray, by: int) -> np.ndarray:
    """What of a mask is further than `by` pixels, along rows and columns, from its outside."""
    inner = mask.copy()
    for _ in range(by):
        padded = np.pad(inner, 1)
        sides = padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]
        inner = inner & np.logical_and.reduce(sides)
    return inner


def _overlap(one: Place, other: Place) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _luminance(colour: Colour) -> float:
    return float(np.dot(colour, (0.299, 0.587, 0.114)))
