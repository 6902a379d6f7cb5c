"""Single pieces in a plain corner, sound, fallen or incomplete: MVTec AD's layout in one tar."""

import tarfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from polytask.data.rooms.camera import Camera, look_at
from polytask.data.rooms.furniture import put
from polytask.data.rooms.layout import Layout
from polytask.data.rooms.lights import AreaLight, bulb, daylight
from polytask.data.rooms.meshes import Mesh
from polytask.data.rooms.photos import LICENCE
from polytask.data.rooms.rays import Tracer
from polytask.data.rooms.render import expose
from polytask.data.rooms.scene import build_shell, mean_colour
from polytask.data.rooms.shading import OFFSETS
from polytask.data.rooms.states import missing, parts_of, tip_over
from polytask.data.rooms.styles import STYLES, Style
from polytask.data.rooms.workshop import Pose, Workshop
from polytask.data.rooms.write import Files, add, in_order, png, replacing
from polytask.errors import UserError

SIZES = {
    "chair": ((0.4, 0.5), (0.4, 0.48), (0.8, 1.0)),
    "lamp": ((0.32, 0.5), (0.4, 0.4), (0.8, 1.2)),
    "plant": ((0.5, 0.8), (0.6, 0.6), (0.8, 1.2)),
    "table": ((0.7, 1.1), (0.6, 0.8), (0.7, 0.78)),
}
"""The categories, and how wide, deep and high their pieces are (metres)."""

STATES = ("good", "fallen", "missing")
ROOM, HEIGHT, PLACE = 5.0, 2.6, 3.6
"""Sides of the room, and where in it a piece stands along x and y: before the corner at its end."""

PLAIN = {"walls": ("flat",), "floors": ("flat",), "saturation": (0.0, 0.1)}
"""What the room has instead of its style's surfaces."""

TO_CAMERA = 1.25 * np.pi
FALL = (np.radians(60), np.radians(100))
SAME_DEPTH = 1e-3
"""Metres by which depths may differ where two scenes show the same surface."""


class Photo(NamedTuple):
    """Which photo: `folder` is train/good or test/STATE."""

    category: str
    folder: str
    number: int
    seed: int

    @property
    def state(self) -> str:
        return self.folder.split("/")[1]


@dataclass
class Corner:
    """What light needs to know of the scene (shading.Lit)."""

    style: Style
    mesh: Mesh
    lights: list[AreaLight]
    tint: np.ndarray
    sun: None = None


def write_inspection(
    path: Path | str,
    *,
    size: int,
    style: str,
    first_seed: int,
    train: int,
    test: int,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Render `train` sound photos of each category, and `test` ones of each state, into one tar.

    Every photo has its own seed, from `first_seed` on; the bytes do not depend on `processes`.
    `progress` is called with the number of photos done and of all. Raises UserError for an unknown
    style.
    """
    if style not in STYLES:
        raise UserError(f"inspection: unknown style {style!r}; choose one of {', '.join(STYLES)}")
    requests = photos(first_seed, train, test)
    with (
        replacing(Path(path)) as unfinished,
        tarfile.open(unfinished, "w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        add(tar, "LICENCE.txt", LICENCE.encode())
        task = partial(encode, size=size, style=style)
        for done, files in enumerate(in_order(task, requests, processes), 1):
            for name, content in files:
                add(tar, name, content)
            if progress:
                progress(done, len(requests))


def photos(first_seed: int, train: int, test: int) -> list[Photo]:
    """All photos of the data set, in its order."""
    folders = [("train/good", train), *((f"test/{state}", test) for state in STATES)]
    wanted = [
        (category, folder, number)
        for category in SIZES
        for folder, count in folders
        for number in range(count)
    ]
    return [Photo(*each, seed) for seed, each in enumerate(wanted, first_seed)]


def encode(photo: Photo, *, size: int, style: str) -> Files:
    """The photo and, where it shows a defect, its mask."""
    image, mask = take(photo, style, size)
    category, folder, number = photo[:3]
    files = [(f"{category}/{folder}/{number:03d}.png", png(image))]
    if photo.state != "good":
        name = f"{category}/ground_truth/{photo.state}/{number:03d}_mask.png"
        files.append((name, png(mask * np.uint8(255))))
    return files


def take(photo: Photo, style: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The image uint8 (size,size,3) and its mask (size,size) bool.

    The mask is the piece where it has fallen; where something is missing, all that would look
    otherwise with it: the pixels in which instance or depth differ.
    """
    shop = Workshop(photo.seed, style)
    shop.style = replace(STYLES[style], **PLAIN)
    layout = Layout(shop, ROOM, ROOM, HEIGHT)
    surfaces = build_shell(shop, layout)
    shop.style = STYLES[style]
    extent = tuple(shop.uniform(*limits) for limits in SIZES[photo.category])
    yaw = TO_CAMERA + np.pi / 2 + shop.uniform(-0.7, 0.7)
    pose = Pose(PLACE, PLACE, 0.0, yaw)
    put(shop, photo.category, extent, pose)
    camera = framing(shop, extent)
    lights = [bulb(shop, np.array([2.4, 2.6, 2.2]), 1.0), daylight(shop, layout, [], 1.0)]
    mesh, mask = in_state(shop, photo, pose, extent, camera, size)
    tint = np.stack([mean_colour(shop, material) for material in surfaces])
    scene = Corner(shop.style, mesh, lights, tint)
    tracer, directions = Tracer(mesh), camera.rays(size, OFFSETS)
    origins = np.tile(camera.position.astype(np.float32), (directions.shape[1], 1))
    hits = tracer.first_hits(origins, np.ascontiguousarray(directions.T))
    image, _ = expose(scene, tracer, camera, directions, hits, size, shop.rng)
    return image, mask


def framing(shop: Workshop, extent: tuple[float, ...]) -> Camera:
    """A camera that sees the piece whole, with room around it for its fall."""
    degrees, around = shop.uniform(46, 52), TO_CAMERA + shop.uniform(-0.2, 0.2)
    pitch, roll = -shop.uniform(0.15, 0.35), shop.uniform(-0.02, 0.02)
    target = np.array([PLACE, PLACE, 0.45 * extent[2]])
    distance = 0.95 * max(extent) / np.tan(np.radians(degrees / 2))
    away = np.array(
        [np.cos(around) * np.cos(pitch), np.sin(around) * np.cos(pitch), -np.sin(pitch)]
    )
    return look_at(target + distance * away, target, pitch, roll, degrees)


def in_state(
    shop: Workshop, photo: Photo, pose: Pose, extent: tuple[float, ...], camera: Camera, size: int
) -> tuple[Mesh, np.ndarray]:
    """The scene with its piece in the state that the photo shows, and the mask of that."""
    mesh = shop.builder.bake()
    if photo.state == "fallen":
        towards = TO_CAMERA + shop.uniform(-1.4, 1.4)
        tip_over(mesh, shop.instance, np.array(pose[:3]), towards, shop.uniform(*FALL))
        return mesh, visible(mesh, camera, size)[0] == shop.instance
    if photo.state == "missing":
        sound = visible(mesh, camera, size)
        parts = list(parts_of(shop.builder, shop.instance, pose, extent))
        found = [
            (without, differs(sound, visible(without, camera, size)))
            for without in missing(shop.builder, photo.category, parts)
        ]
        return max(found, key=lambda each: each[1].sum())
    return mesh, np.zeros((size, size), bool)


def visible(mesh: Mesh, camera: Camera, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Instance and depth (size,size) of what each pixel's centre shows."""
    directions = np.ascontiguousarray(camera.rays(size, OFFSETS[-1:]).T)
    origins = np.tile(camera.position.astype(np.float32), (len(directions), 1))
    hits = Tracer(mesh).first_hits(origins, directions)
    instance = mesh.tags[2].take(hits.triangle)
    return instance.reshape(size, size), hits.distance.reshape(size, size)


def differs(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """True where instance or depth do."""
    return (first[0] != second[0]) | (np.abs(first[1] - second[1]) > SAME_DEPTH)
