"""Beds."""

from polytask.data.rooms.meshes import rotation
from polytask.data.rooms.palette import PHOTOS
from polytask.data.rooms.workshop import Workshop


def bed(shop: Workshop, width: float, depth: float, height: float) -> None:
    """Frame, headboard at the back, mattress, cover, one or two pillows."""
    frame, sheet = shop.wood(), shop.material(("flat", "weave"), (0.7, 1.0))
    cover = shop.material(shop.style.cloth + PHOTOS, (0.2, 1.0), scale=(0.6, 2.0))
    rail = shop.uniform(0.2, 0.3)
    shop.legs(width, depth, rail, frame, 0.08)
    shop.block(0, 0, rail - 0.1, (width, depth, 0.14), frame)
    shop.block(0, depth / 2 - 0.03, 0, (width, 0.06, height), frame)
    shop.block(0, -0.03, rail, (width - 0.06, depth - 0.1, 0.26), sheet, "cushion")
    shop.block(0, -0.16 * depth, rail - 0.02, (width + 0.02, depth * 0.68, 0.32), cover, "cushion")
    for x in (-width / 4, width / 4) if width > 1.2 else (0,):
        pillow = sheet if shop.chance(0.5) else shop.cloth()
        turn = rotation(shop.uniform(-0.2, 0.2), 0.25)
        shop.block(x, depth / 2 - 0.3, rail + 0.22, (0.6, 0.38, 0.15), pillow, "cushion", turn=turn)
    shop.offer_seat(shop.uniform(-0.2, 0.2), -depth / 2 + 0.15, rail + 0.28)
