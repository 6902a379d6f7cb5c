"""Random materials within the limits of a style."""

import colorsys
from collections.abc import Sequence

import numpy as np

from polytask.data.rooms.dice import Dice
from polytask.data.rooms.meshes import Builder, Material
from polytask.data.rooms.styles import Range, Style
from polytask.data.rooms.textures import texture_bank

PHOTOS = ("photo",)
OWN_COLOURS = ("photo", "landscape", "night")
"""Families of tiles that are pictures: shown as they are, not between two colours."""


class Palette(Dice):
    """Mixes materials and hands out their numbers."""

    def __init__(self, seed: Sequence[int], style: Style) -> None:
        super().__init__(seed)
        self.style, self.builder = style, Builder()
        self.tiles = texture_bank().tiles

    def colour(
        self, value: Range = (0.25, 0.9), hue: Range = (0.0, 1.0), saturation: Range | None = None
    ) -> np.ndarray:
        """A colour (3,) in 0..1 as on a screen; ranges of hue, saturation, value."""
        saturation = saturation or self.style.saturation
        draws = self.uniform(*hue) % 1, self.uniform(*saturation), self.uniform(*value)
        return np.array(colorsys.hsv_to_rgb(*draws))

    def material(
        self,
        families: tuple[str, ...],
        value: Range = (0.25, 0.9),
        *,
        scale: Range = (0.8, 2.0),
        hue: Range = (0.0, 1.0),
        saturation: Range | None = None,
        gloss: float = 0.0,
        glow: float = 0.0,
    ) -> int:
        """A tile of one of the families, `scale` of them per metre, between two related colours."""
        family = self.pick(families)
        tile = self.pick(self.tiles[family])
        if family in OWN_COLOURS:
            dark, bright = np.zeros(3), np.ones(3)
            scale = scale if scale == (1, 1) else (1.0, 2.0)
        else:
            bright = self.colour(value, hue, saturation)
            dark = bright * self.uniform(0.45, 0.8)
            if self.chance(0.25):
                dark = self.colour(value, hue, saturation)
        return self.builder.material(
            Material(tile, dark, bright, scale=self.uniform(*scale), gloss=gloss, glow=glow)
        )

    def wood(self, gloss: float = 0.15) -> int:
        """Wood, now and then painted."""
        hue, saturation = ((0.0, 1.0), None) if self.chance(0.3) else ((0.05, 0.11), (0.25, 0.65))
        return self.material(
            self.style.wood,
            (0.3, 0.95),
            scale=(0.7, 1.6),
            hue=hue,
            saturation=saturation,
            gloss=gloss,
        )

    def cloth(self) -> int:
        """Upholstery, curtains, clothes."""
        return self.material(self.style.cloth, (0.2, 0.95), scale=(1.5, 4.0))

    def metal(self) -> int:
        """Grey, with highlights."""
        return self.material(("flat",), (0.1, 0.8), saturation=(0, 0.15), gloss=0.6)

    def plain(self, value: Range, saturation: Range | None = None, **options: float) -> int:
        """One colour without a pattern."""
        return self.material(("flat",), value, saturation=saturation, **options)
