"""Chairs and sofas."""

import numpy as np

from polytask.data.rooms.meshes import rotation
from polytask.data.rooms.palette import PHOTOS
from polytask.data.rooms.workshop import Workshop


def chair(shop: Workshop, width: float, depth: float, height: float) -> None:
    """On four legs or a swivel foot, with a slatted or padded back, perhaps with arms."""
    frame = shop.wood()
    padding = shop.cloth() if shop.chance(0.5) else shop.wood()
    seat = shop.uniform(0.42, 0.48)
    if shop.chance(0.3):
        swivel_foot(shop, seat, frame)
    else:
        shop.legs(width, depth, seat, frame, 0.05)
    shape = shop.pick(("cushion", "box"))
    shop.block(0, 0, seat - 0.03, (width, depth, shop.uniform(0.04, 0.09)), padding, shape)
    chair_back(shop, width, depth, (seat, height), frame, padding)
    if shop.chance(0.35):
        for x in (-width / 2, width / 2):
            shop.block(x, 0, seat + 0.2, (0.05, depth * 0.9, 0.04), frame)
            shop.block(x, -depth * 0.35, seat, (0.035, 0.035, 0.2), frame)
    shop.offer_seat(0, 0.02, seat + 0.03)


def swivel_foot(shop: Workshop, seat: float, material: int) -> None:
    """A column on five spokes."""
    shop.block(0, 0, 0.08, (0.06, 0.06, seat - 0.08), material, "cylinder")
    for angle in np.arange(5) * 2 * np.pi / 5:
        end = np.array([0.26 * np.cos(angle), 0.26 * np.sin(angle), 0.05])
        shop.limb(np.array([0, 0, 0.09]), end, (0.025, 0.025), material)


def chair_back(
    shop: Workshop,
    width: float,
    depth: float,
    span: tuple[float, float],
    frame: int,
    padding: int,
) -> None:
    """Two posts with slats, and often a padded panel; it spans those heights."""
    (low, high), y = span, depth / 2
    turn = shop.tilted(shop.uniform(0.05, 0.2))
    if shop.chance(0.5):
        size = (width * 0.95, 0.05, high - low - 0.1)
        shop.block(0, y, low + 0.1, size, padding, shop.pick(("cushion", "box")), turn=turn)
    for x in (-width / 2 + 0.03, width / 2 - 0.03):
        shop.block(x, y, low - 0.02, (0.04, 0.04, high - low), frame, turn=turn)
    for z in np.linspace(low + 0.15, high - 0.06, shop.count(1, 4)):
        shop.block(0, y, z, (width - 0.04, 0.025, 0.05), frame, turn=turn)


def sofa(shop: Workshop, width: float, depth: float, height: float) -> None:
    """One seat for each 65 cm between two arms, with loose cushions here and there."""
    cover, arm, seat = shop.cloth(), shop.uniform(0.1, 0.22), shop.uniform(0.38, 0.46)
    cushions = cover if shop.chance(0.6) else shop.cloth()
    shape = "cushion" if shop.chance(0.6) else "box"
    shop.block(0, 0, 0.08, (width - 0.02, depth - 0.02, seat - 0.2), cover)
    shop.legs(width - 0.1, depth - 0.1, 0.09, shop.wood(), 0.06)
    shop.block(0, depth / 2 - 0.1, 0.1, (width, 0.2, height - 0.1), cover, shape)
    rise = seat + shop.uniform(0.08, 0.2)
    for side in (-1, 1):
        x = side * (width - arm) / 2
        shop.block(x, -0.02, 0.07, (arm, depth - 0.04, rise), cover, shape)
    count = max(1, round((width - 0.3) / 0.65))
    place = (width - 2 * arm) / count
    for i in range(count):
        x = -width / 2 + arm + place * (i + 0.5)
        shop.block(x, -0.08, seat - 0.14, (place * 0.99, depth - 0.2, 0.18), cushions, "cushion")
        back = (place * 0.95, 0.2, height - seat + 0.02)
        turn = shop.tilted(0.15)
        shop.block(x, depth / 2 - 0.24, seat, back, cushions, "cushion", turn=turn)
        if shop.chance(0.4):
            loose_cushion(shop, x, depth / 2 - 0.38, seat + 0.03)
        else:
            shop.offer_seat(x, -0.02, seat + 0.04)


def loose_cushion(shop: Workshop, x: float, y: float, z: float) -> None:
    """Leaning against the back, a little askew."""
    turn = rotation(shop.uniform(-0.4, 0.4), -0.35, shop.uniform(-0.4, 0.4))
    cover = shop.material(shop.style.cloth + PHOTOS)
    shop.block(x, y, z, (0.4, 0.14, 0.4), cover, "cushion", turn=turn)
