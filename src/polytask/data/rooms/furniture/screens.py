"""Screens on a stand or on the wall."""

from polytask.data.rooms.palette import PHOTOS
from polytask.data.rooms.workshop import Workshop


def screen(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A monitor on a foot."""
    dark = casing(shop)
    shop.block(0, 0, 0, (width * 0.4, 0.14, 0.02), dark)
    shop.block(0, 0.01, 0, (0.05, 0.03, 0.12), dark)
    display(shop, 0, 0.08, (width, height - 0.08), dark)


def wall_screen(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A television on a bracket."""
    dark = casing(shop)
    shop.block(0, -0.03, height * 0.35, (width * 0.3, 0.06, height * 0.3), dark)
    display(shop, -0.08, 0, (width, height), dark)


def casing(shop: Workshop) -> int:
    """Dark plastic."""
    return shop.plain((0.02, 0.12), (0, 0.1), gloss=0.5)


def display(shop: Workshop, y: float, z: float, size: tuple[float, float], dark: int) -> None:
    """The panel, three times out of four switched on."""
    width, height = size
    shop.block(0, y, z, (width, 0.04, height), dark)
    lit = dark
    if shop.chance(0.75):
        lit = shop.material((*PHOTOS, *shop.style.views), scale=(1, 1), glow=0.8, gloss=0.2)
    shop.part("picture", (0, y - 0.021, z + height / 2), (width - 0.05, 1, height - 0.05), lit)
