"""Flat things: pictures on walls, rugs on floors."""

from polytask.data.rooms.palette import PHOTOS
from polytask.data.rooms.workshop import Workshop


def picture(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A photo or painting in a frame, sometimes behind a mount."""
    shop.block(0, -0.015, 0, (width, 0.03, height), shop.wood())
    border = 0.07
    if shop.chance(0.4):
        mount = shop.plain((0.85, 1.0), (0, 0.1))
        size = (width - border, 1, height - border)
        shop.part("picture", (0, -0.031, height / 2), size, mount)
        border = 0.2 * min(width, height) + 0.05
    size = (width - border, 1, height - border)
    shop.part("picture", (0, -0.032, height / 2), size, shop.material(PHOTOS, scale=(1, 1)))


def rug(shop: Workshop, width: float, depth: float, height: float) -> None:
    """Square, with a border of another colour, or oval."""
    pile = shop.material((*shop.style.cloth, "zigzag", *PHOTOS), scale=(0.5, 1.2))
    if shop.chance(0.75):
        shop.block(0, 0, 0, (width, depth, height * 0.8), shop.cloth())
        shop.block(0, 0, 0, (width - 0.16, depth - 0.16, height), pile)
    else:
        shop.block(0, 0, 0, (width, depth, height), pile, "cylinder")
