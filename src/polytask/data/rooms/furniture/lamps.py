"""Lamps that stand on the floor or a table, or hang."""

from polytask.data.rooms.workshop import Workshop


def glowing_shade(shop: Workshop) -> int:
    """Cloth lit from inside."""
    return shop.material(
        ("flat", "weave"), (0.8, 1.0), saturation=(0.05, 0.4), glow=shop.uniform(0.3, 0.9)
    )


def standing_lamp(shop: Workshop, width: float, depth: float, height: float) -> None:
    """Foot, pole and a tapered shade."""
    metal, shade = shop.metal(), glowing_shade(shop)
    high = min(width * shop.uniform(0.6, 0.9), height * 0.6)
    shop.block(0, 0, 0, (width * 0.7, width * 0.7, 0.03), metal, "cylinder")
    shop.block(0, 0, 0, (0.03, 0.03, height - 0.01), metal, "cylinder")
    taper = shop.uniform(0.5, 1.0)
    shop.block(0, 0, height - high, (width, width, high), shade, "cylinder", taper=taper)


def hanging_lamp(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A cord of length `height` down from the origin, and a shade or ball at its end."""
    metal, shade = shop.metal(), glowing_shade(shop)
    high = min(width * shop.uniform(0.6, 0.9), 0.3)
    shop.block(0, 0, -height, (0.015, 0.015, height), metal, "cylinder")
    if shop.chance(0.6):
        size, taper = (width, width, high), shop.uniform(0.3, 0.9)
        shop.block(0, 0, -height - high / 2, size, shade, "cylinder", taper=taper)
    else:
        shop.block(0, 0, -height - high / 2, (high * 1.1,) * 3, shade, "ball")
