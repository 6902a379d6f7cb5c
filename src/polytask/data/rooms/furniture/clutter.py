"""Small things that lie about: balls, boxes, books, vases, bins."""

from polytask.data.rooms.meshes import rotation
from polytask.data.rooms.palette import PHOTOS
from polytask.data.rooms.workshop import Workshop


def clutter(shop: Workshop, width: float, depth: float, height: float) -> None:
    """One of the five kinds."""
    material = shop.material(
        ("flat", "stripe", "check", "dots", "weave", *PHOTOS),
        (0.3, 1.0),
        scale=(2, 5),
        saturation=(0.2, 0.9),
        gloss=0.2,
    )
    shop.pick((ball, carton, books, vase, basket))(shop, width, depth, height, material)


def ball(shop: Workshop, width: float, depth: float, height: float, material: int) -> None:
    """Touching the ground."""
    shop.block(0, 0, 0, (min(width, depth, height),) * 3, material, "ball")


def carton(shop: Workshop, width: float, depth: float, height: float, material: int) -> None:
    """A box with a lid."""
    shop.block(0, 0, 0, (width, depth, height), material)
    size = (width * 1.04, depth * 1.04, height * 0.2)
    shop.block(0, 0, height * 0.82, size, shop.material(("flat",)))


def books(shop: Workshop, width: float, depth: float, height: float, material: int) -> None:
    """A stack, each book turned a little."""
    z = 0.0
    while z < height * 0.9:
        thickness, turn = shop.uniform(0.02, 0.05), rotation(shop.uniform(-0.3, 0.3))
        size = (width * shop.uniform(0.7, 1), depth * shop.uniform(0.6, 0.9), thickness)
        cover = shop.material(("flat", "stripe"), saturation=(0.1, 0.8))
        shop.block(0, 0, z, size, cover, turn=turn)
        z += thickness


def vase(shop: Workshop, width: float, depth: float, height: float, material: int) -> None:
    """A belly and a neck that widens."""
    side = min(width, depth, height)
    shop.block(0, 0, 0, (side * 0.6, side * 0.6, height * 0.6), material, "ball")
    neck = (side * 0.2, side * 0.2, height * 0.5)
    shop.block(0, 0, height * 0.4, neck, material, "cylinder", taper=1.5)


def basket(shop: Workshop, width: float, depth: float, height: float, material: int) -> None:
    """A mug or a waste-paper basket, depending on its size."""
    side = min(width, depth, height) * 0.7
    taper = shop.uniform(0.9, 1.3)
    shop.block(0, 0, 0, (side, side, height * 0.8), material, "cylinder", taper=taper)
