"""What stands in a room: living room, bedroom or dining room, each with its usual things."""

import numpy as np

from polytask.data.rooms.classes import ROOM_KINDS
from polytask.data.rooms.furniture import Size, put
from polytask.data.rooms.layout import Footprint, Layout
from polytask.data.rooms.person import person
from polytask.data.rooms.workshop import Pose, Surface, Workshop

SMALL_THINGS = ("clutter", "clutter", "screen", "lamp", "plant")


def put_at_wall(
    shop: Workshop, layout: Layout, kind: str, size: Size, bottom: float = 0.0
) -> Pose | None:
    """Draw a piece where a wall has room for it; a depth of 0 hangs it."""
    pose = layout.at_wall(*size, bottom)
    if pose:
        put(shop, kind, size, pose)
    return pose


def put_on_floor(shop: Workshop, layout: Layout, kind: str, size: Size) -> Pose | None:
    """Draw a piece where the floor has room for it."""
    pose = layout.on_floor(size[0], size[1])
    if pose:
        put(shop, kind, size, pose)
    return pose


def furnish(shop: Workshop, layout: Layout) -> tuple[str, list[tuple[Pose, Size]]]:
    """Fill the room; returns its kind, and the poses and sizes of its windows."""
    u, chance = shop.uniform, shop.chance
    room = shop.pick(ROOM_KINDS)
    put_at_wall(shop, layout, "door", (u(0.8, 0.95), 0, u(1.95, 2.1)))
    windows = put_windows(shop, layout)
    if room == "bedroom" or chance(0.15):
        put_at_wall(shop, layout, "bed", (u(0.95, 1.8), u(1.95, 2.1), u(0.8, 1.2)))
    if room == "living" or chance(0.3):
        for _ in range(1 + chance(0.4)):
            put_at_wall(shop, layout, "sofa", (u(0.85, 2.2), u(0.8, 0.95), u(0.75, 0.95)))
    if room == "dining" or chance(0.75):
        put_table(shop, layout, dining=room == "dining" or chance(0.5))
    put_storage(shop, layout)
    put_loose_things(shop, layout)
    put_rug(shop, layout)
    for surface in list(shop.surfaces):
        put_small_things(shop, surface)
    for _ in range(shop.count(1, 4)):
        size = (u(0.4, 1.1), 0, u(0.4, 0.8))
        put_at_wall(shop, layout, "picture", size, u(1.1, 1.5))
    if chance(0.4):
        put_at_wall(shop, layout, "wall screen", (u(0.9, 1.5), 0, u(0.55, 0.85)), u(0.95, 1.2))
    for _ in range(chance(0.55) + chance(0.12)):
        put_person(shop, layout)
    return room, windows


def put_windows(shop: Workshop, layout: Layout) -> list[tuple[Pose, Size]]:
    """One or two; those that found a place."""
    windows = []
    for _ in range(1 + shop.chance(0.6)):
        size = (shop.uniform(0.9, 1.9), 0.0, shop.uniform(1.0, 1.35))
        pose = put_at_wall(shop, layout, "window", size, shop.uniform(0.7, 0.95))
        if pose:
            windows.append((pose, size))
    return windows


def put_table(shop: Workshop, layout: Layout, dining: bool) -> None:
    """A dining table with chairs around it, or a coffee table."""
    u = shop.uniform
    if dining:
        size = (u(0.9, 1.7), u(0.7, 1.0), u(0.7, 0.78))
    else:
        size = (u(0.7, 1.2), u(0.5, 0.8), u(0.38, 0.5))
    pose = put_on_floor(shop, layout, "table", size)
    if not (pose and dining):
        return
    table = layout.floor[-1]
    for side in (-1, 1, -1, 1):
        x, y = u(-0.3, 0.3) * size[0], side * (size[1] / 2 + u(0.1, 0.35))
        chair = pose.moved(x, y, 0, (np.pi if side < 0 else 0) + u(-0.3, 0.3))
        place = Footprint(chair.x, chair.y, 0.24, 0.24)
        taken = any(place.overlaps(other, 0.1) for other in layout.floor if other is not table)
        inside = 0.3 < chair.x < layout.width - 0.3 and 0.3 < chair.y < layout.depth - 0.3
        if inside and not taken and shop.chance(0.8):
            layout.floor.append(place)
            put(shop, "chair", (u(0.4, 0.5), u(0.4, 0.48), u(0.8, 1.0)), chair)


def put_storage(shop: Workshop, layout: Layout) -> None:
    """Sideboard, wardrobe, bookcases."""
    u = shop.uniform
    if shop.chance(0.7):
        put_at_wall(shop, layout, "cabinet", (u(0.5, 1.6), u(0.35, 0.55), u(0.45, 1.0)))
    if shop.chance(0.6):
        put_at_wall(shop, layout, "cabinet", (u(0.8, 1.5), u(0.5, 0.6), u(1.7, 2.1)))
    for _ in range(1 + shop.chance(0.4)):
        put_at_wall(shop, layout, "shelf", (u(0.6, 1.3), u(0.25, 0.35), u(0.9, 2.1)))


def put_loose_things(shop: Workshop, layout: Layout) -> None:
    """What stands anywhere on the floor."""
    u = shop.uniform
    for kind, chance, size in (
        ("chair", 0.7, (0.48, 0.5, u(0.8, 1.0))),
        ("lamp", 0.75, (u(0.32, 0.5), 0.4, u(1.3, 1.8))),
        ("plant", 0.8, (u(0.5, 0.9), 0.6, u(0.8, 1.7))),
        ("clutter", 0.8, (u(0.25, 0.5), u(0.25, 0.45), u(0.2, 0.5))),
        ("clutter", 0.6, (u(0.2, 0.4), u(0.2, 0.4), u(0.2, 0.5))),
    ):
        if shop.chance(chance):
            put_on_floor(shop, layout, kind, size)


def put_rug(shop: Workshop, layout: Layout) -> None:
    """Anywhere, also under furniture."""
    if shop.chance(0.75):
        width, depth = shop.uniform(1.4, 2.6), shop.uniform(1.1, 2.0)
        x = shop.uniform(width / 2, layout.width - width / 2)
        y = shop.uniform(depth / 2, layout.depth - depth / 2)
        yaw = shop.count(0, 1) * np.pi / 2 + shop.uniform(-0.15, 0.15)
        put(shop, "rug", (width, depth, 0.015), Pose(x, y, 0.0, yaw))


def put_small_things(shop: Workshop, surface: Surface) -> None:
    """One to three things side by side on a table or a cabinet."""
    u = shop.uniform
    room = min(surface.width / 3, surface.depth, 0.4)
    for column in (-0.35, 0.35, 0.0)[: shop.count(1, 3)]:
        x = (column + u(-0.08, 0.08)) * surface.width
        pose = surface.pose.moved(x, u(-0.25, 0.25) * surface.depth, 0, u(-0.3, 0.3))
        kind = shop.pick(SMALL_THINGS)
        size = {
            "clutter": (room * u(0.5, 0.9), room * u(0.5, 0.8), u(0.12, 0.3)),
            "screen": (min(u(0.5, 1.0), surface.width), 0.1, u(0.4, 0.6)),
            "lamp": (u(0.2, 0.3), 0.2, u(0.35, 0.55)),
            "plant": (u(0.25, 0.4), 0.3, u(0.25, 0.5)),
        }[kind]
        put(shop, kind, size, pose)


def put_person(shop: Workshop, layout: Layout) -> None:
    """On a seat that is left, or standing somewhere."""
    seat = None
    if shop.seats and shop.chance(0.5):
        x, y, seat, yaw = shop.seats.pop(shop.count(0, len(shop.seats) - 1))
        pose = Pose(x, y, 0.0, yaw + shop.uniform(-0.2, 0.2))
    else:
        pose = layout.on_floor(0.5, 0.45, tries=30)
        if pose is None:
            return
        pose = pose._replace(yaw=shop.uniform(0, 2 * np.pi))
    shop.begin("person", pose, focus=1.0)
    person(shop, seat)
