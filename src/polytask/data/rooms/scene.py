"""A whole room from a seed: shell, furniture, people, lights."""

from dataclasses import dataclass

import numpy as np

from polytask.data.rooms.furnish import furnish
from polytask.data.rooms.furniture import put
from polytask.data.rooms.layout import Footprint, Layout
from polytask.data.rooms.lights import AreaLight, Sun, bulb, daylight, sunlight
from polytask.data.rooms.meshes import Mesh
from polytask.data.rooms.styles import Style
from polytask.data.rooms.workshop import Pose, Workshop

ORIGIN = Pose(0.0, 0.0, 0.0, 0.0)
THICKNESS = 0.1
"""Of walls, floor and ceiling, metres."""


@dataclass
class Scene:
    """Everything that cameras and shading need to know; world frame in metres, z up."""

    style: Style
    room: str  # one of ROOM_KINDS
    mesh: Mesh
    classes: np.ndarray  # (instances,) class of each
    joints: dict[int, np.ndarray]  # instance -> (17,3)
    size: np.ndarray  # width, depth, height
    obstacles: list[Footprint]
    sights: list[tuple[int, np.ndarray]]
    lights: list[AreaLight]
    sun: Sun | None
    tint: np.ndarray  # (2,3) linear colour of the floor and of the walls, for light they reflect


def build_scene(seed: int, style: str) -> tuple[Scene, np.random.Generator]:
    """The scene of a seed, and the generator to go on with (camera, noise)."""
    shop = Workshop(seed, style)
    layout = Layout(shop, shop.uniform(3.2, 5.5), shop.uniform(3.2, 5.5), shop.uniform(2.4, 2.9))
    surfaces = build_shell(shop, layout)
    room, windows = furnish(shop, layout)
    lights, sun = light_room(shop, layout, windows)
    scene = Scene(
        style=shop.style,
        room=room,
        mesh=shop.builder.bake(),
        classes=np.array(shop.builder.classes),
        joints=shop.joints,
        size=np.array([layout.width, layout.depth, layout.height]),
        obstacles=layout.floor,
        sights=shop.sights,
        lights=lights,
        sun=sun,
        tint=np.stack([mean_colour(shop, material) for material in surfaces]),
    )
    return scene, shop.rng


def mean_colour(shop: Workshop, material: int) -> np.ndarray:
    """The colour (3,) halfway between a material's two, in linear light."""
    paint = shop.builder.materials[material]
    return ((paint.dark + paint.bright) / 2) ** 2


def build_shell(shop: Workshop, layout: Layout) -> tuple[int, int]:
    """Floor, ceiling and four walls with skirting; returns the materials of floor and walls."""
    width, depth, height, t = layout.width, layout.depth, layout.height, THICKNESS
    pale = tuple(0.6 * s for s in shop.style.saturation)
    paints = [
        shop.material(shop.style.walls, value, scale=(0.4, 1.2), saturation=pale)
        for value in ((0.55, 0.98), (0.35, 0.95))
    ]
    skirting, accent = shop.wood(), shop.chance(0.35)
    slab = (width + 2 * t, depth + 2 * t, t)
    floor = shop.material(
        shop.style.floors, (0.25, 0.85), scale=(0.5, 1.2), hue=(0.03, 0.13), gloss=0.25
    )
    shop.begin("floor", ORIGIN)
    shop.block(width / 2, depth / 2, -t, slab, floor)
    shop.begin("ceiling", ORIGIN)
    white = shop.material(("flat", "plaster"), (0.8, 1.0), saturation=(0, 0.1))
    shop.block(width / 2, depth / 2, height, slab, white)
    for wall in range(4):
        shop.begin("wall", ORIGIN)
        paint = paints[1] if accent and wall == 0 else paints[0]
        build_wall(shop, layout, wall, paint, skirting)
    return floor, paints[0]


def build_wall(shop: Workshop, layout: Layout, wall: int, paint: int, skirting: int) -> None:
    """One wall behind the room's edge, with a skirting board before it."""
    t = THICKNESS
    length = (layout.width, layout.depth)[wall % 2]
    behind = layout.wall_pose(wall, length / 2, -t / 2, -t)
    before = layout.wall_pose(wall, length / 2, 0.0, 0.0)
    for pose, long, thick, high, material in (
        (behind, length + 2 * t, t, layout.height + 2 * t, paint),
        (before, length, 0.03, 0.09, skirting),
    ):
        size = (thick, long, high) if wall % 2 else (long, thick, high)
        shop.block(pose.x, pose.y, pose.z, size, material)


def light_room(shop: Workshop, layout: Layout, windows: list) -> tuple[list[AreaLight], Sun | None]:
    """Hang a lamp from the ceiling; returns its light, that of the window, and the sun's."""
    x = shop.uniform(0.35, 0.65) * layout.width
    y = shop.uniform(0.35, 0.65) * layout.depth
    drop = shop.uniform(0.2, 0.6)
    hook = Pose(x, y, layout.height, 0.0)
    put(shop, "hanging lamp", (shop.uniform(0.3, 0.55), 0.4, drop), hook)
    area = layout.width * layout.depth / 16
    below = np.array([x, y, layout.height - min(drop + 0.5, 1.1)])
    lights = [bulb(shop, below, area), daylight(shop, layout, windows, area)]
    return lights, sunlight(shop, windows)
