"""Windows and doors."""

import numpy as np

from polytask.data.rooms.meshes import Material
from polytask.data.rooms.workshop import Workshop


def window(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A pane that shows the world outside by direction, its frame, a sill, often curtains."""
    frame = shop.material(("flat", "wood"), (0.6, 1.0), saturation=(0, 0.3))
    tile, glow = shop.pick(shop.tiles[shop.pick(shop.style.views)]), shop.uniform(*shop.style.sky)
    pane = Material(tile, np.zeros(3), np.ones(3) * min(glow, 1.0), 1.0, 0.15, glow, outside=True)
    size = (width, 1, height)
    shop.part("picture", (0, -0.01, height / 2), size, shop.builder.material(pane))
    for x in np.linspace(-width / 2, width / 2, shop.count(1, 3) + 1):
        edge = abs(x) > width / 2 - 0.01
        shop.block(x, -0.03, 0, (0.08 if edge else 0.05, 0.06, height), frame)
    for z in (0, height, height * 0.6) if shop.chance(0.4) else (0, height):
        shop.block(0, -0.03, z - 0.03, (width + 0.08, 0.065, 0.06), frame)
    shop.block(0, -0.06, -0.06, (width + 0.14, 0.14, 0.035), frame)
    if shop.chance(0.5):
        curtains(shop, width, height)


def curtains(shop: Workshop, width: float, height: float) -> None:
    """Folds on both sides under a rail."""
    cloth, rail = shop.cloth(), shop.metal()
    shop.block(0, -0.1, height + 0.1, (width + 0.5, 0.025, 0.025), rail)
    drop, drawn = shop.pick((0.1, 0.25, 0.6)), shop.uniform(0.05, 0.14)
    for side in (-1, 1):
        for fold in range(6):
            x = side * (width / 2 + drawn - 0.06 * fold)
            size = (0.085, 0.07, height + 0.1 + drop)
            shop.block(x, -0.095 - 0.02 * (fold % 2), -drop, size, cloth, "cylinder")


def door(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A leaf with up to three panels, a frame and a knob."""
    leaf, frame, panels = shop.wood(), shop.wood(), shop.count(0, 3)
    shop.block(0, -0.02, 0, (width, 0.04, height), leaf)
    for side in (-1, 1):
        shop.block(side * width / 2, -0.03, 0, (0.08, 0.06, height), frame)
    shop.block(0, -0.03, height, (width + 0.08, 0.06, 0.08), frame)
    for i in range(panels):
        gap = (height - 0.2) / panels
        shop.block(0, -0.045, 0.15 + i * gap, (width * 0.65, 0.015, gap - 0.12), frame)
    metal = shop.metal()
    shop.block(width * 0.38, -0.045, height * 0.45, (0.04, 0.01, 0.16), metal)
    shop.part("bead", (width * 0.38, -0.075, height / 2), (0.06, 0.06, 0.06), metal)
