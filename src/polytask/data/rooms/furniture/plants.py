"""Plants in pots."""

import numpy as np

from polytask.data.rooms.meshes import rotation
from polytask.data.rooms.workshop import Workshop


def plant(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A pot, a stem and a few dozen leaves around it."""
    pot = height * shop.uniform(0.22, 0.35)
    greens = [
        shop.material(
            ("flat", "grass", "wood"), (0.25, 0.7), hue=(0.22, 0.4), saturation=(0.4, 0.75)
        )
        for _ in range(2)
    ]
    clay = shop.material(("flat", "marble", "weave"), (0.3, 0.9))
    size = (width * 0.45, width * 0.45, pot)
    shop.block(0, 0, 0, size, clay, "cylinder", taper=shop.uniform(1.0, 1.35))
    shop.block(0, 0, pot, (0.03, 0.03, height * 0.3), shop.wood(), "cylinder")
    reach = width * shop.uniform(0.35, 0.6)
    for _ in range(shop.count(22, 44)):
        z = shop.uniform(pot, pot + (height - pot) * 0.55)
        leaf(shop, z, height - z, reach, shop.pick(greens))


def leaf(shop: Workshop, z: float, room_above: float, reach: float, green: int) -> None:
    """A flat ellipsoid that starts at the stem and neither leaves the reach nor the height."""
    around, up = shop.uniform(0, 2 * np.pi), shop.uniform(-0.3, 1.35)
    length = min(room_above * shop.uniform(0.5, 1.0), reach / max(np.cos(up), 0.3))
    out = np.cos(up) * length * 0.55
    centre = (np.cos(around) * out, np.sin(around) * out, z + np.sin(up) * length * 0.55)
    size = (length, length * shop.uniform(0.2, 0.45), 0.015)
    shop.part("leaf", centre, size, green, turn=rotation(around) @ rotation(roll=-up))
