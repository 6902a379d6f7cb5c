"""Where things are made: parts of labelled instances, and notes on what they offer to others."""

from typing import NamedTuple

import numpy as np

from polytask.data.rooms.classes import CLASS_ID
from polytask.data.rooms.meshes import rotation, upright_along
from polytask.data.rooms.palette import Palette
from polytask.data.rooms.styles import STYLES


class Pose(NamedTuple):
    """Where a thing stands (metres, world) and which way it faces: yaw 0 looks along -y."""

    x: float
    y: float
    z: float
    yaw: float

    def point(self, x: float, y: float, z: float) -> np.ndarray:
        """A point (3,) of the thing's own frame, in the world."""
        cosine, sine = np.cos(self.yaw), np.sin(self.yaw)
        return np.array(
            [self.x + cosine * x - sine * y, self.y + sine * x + cosine * y, self.z + z]
        )

    def moved(self, x: float, y: float, z: float, yaw: float = 0.0) -> "Pose":
        """The pose that is (x, y, z, yaw) in this one's frame."""
        return Pose(*(float(c) for c in self.point(x, y, z)), self.yaw + yaw)


class Surface(NamedTuple):
    """A top that can carry small things: its centre, and how much of it is usable."""

    pose: Pose
    width: float
    depth: float


class Workshop(Palette):
    """Makes things in their own frame: x to the right, y to the back, z up, origin at the foot."""

    def __init__(self, seed: int, style: str) -> None:
        super().__init__((seed, list(STYLES).index(style)), STYLES[style])
        self.pose = Pose(0.0, 0.0, 0.0, 0.0)
        self.instance = -1
        self.seats: list[Pose] = []
        self.surfaces: list[Surface] = []
        self.sights: list[tuple[int, np.ndarray]] = []  # class and centre of what is worth a look
        self.joints: dict[int, np.ndarray] = {}  # instance -> (17,3) world

    def begin(self, name: str, pose: Pose, focus: float | None = None) -> None:
        """Start an instance of the class; `focus` is the height that a camera would look at."""
        self.pose = pose
        self.instance = self.builder.begin(CLASS_ID[name], pose[:3], pose.yaw)
        if focus is not None:
            self.sights.append((CLASS_ID[name], pose.point(0, 0, focus)))

    def block(
        self,
        x: float,
        y: float,
        z: float,
        size: tuple[float, float, float],
        material: int,
        shape: str = "box",
        **options: object,
    ) -> None:
        """A part of that size with the centre of its underside at (x, y, z)."""
        self.builder.add(shape, (x, y, z + size[2] / 2), size, material, **options)

    def part(
        self, shape: str, centre: tuple, size: tuple, material: int, **options: object
    ) -> None:
        """A part given by its centre."""
        self.builder.add(shape, centre, size, material, **options)

    def limb(
        self,
        start: np.ndarray,
        end: np.ndarray,
        radii: tuple[float, float],
        material: int,
        part: int = 0,
    ) -> None:
        """A tapered capsule."""
        along = end - start
        length = float(np.sqrt(along @ along))
        width = 2 * radii[0]
        self.builder.add(
            "cylinder",
            (start + end) / 2,
            (width, width, length),
            material,
            turn=upright_along(along / length),
            taper=radii[1] / radii[0],
            part=part,
        )
        for centre, radius in zip((start, end), radii, strict=True):
            self.builder.add("bead", centre, (2 * radius,) * 3, material, part=part)

    def legs(self, width: float, depth: float, height: float, material: int, side: float) -> None:
        """Four legs at the corners, tapering to the floor."""
        shape, foot = self.pick(("cylinder", "box")), self.uniform(0.6, 1.0)
        for x in (-1, 1):
            for y in (-1, 1):
                self.block(
                    x * (width / 2 - side),
                    y * (depth / 2 - side),
                    0,
                    (side * foot, side * foot, height),
                    material,
                    shape,
                    taper=1 / foot,
                )

    def offer_seat(self, x: float, y: float, z: float) -> None:
        """Note that a person can sit here, at that height above the floor."""
        self.seats.append(self.pose.moved(x, y, z))

    def offer_surface(self, width: float, depth: float, height: float) -> None:
        """Note that small things can stand here."""
        self.surfaces.append(Surface(self.pose.moved(0, 0, height), width, depth))

    def tilted(self, back: float) -> np.ndarray:
        """A rotation that leans a part backwards by that angle."""
        return rotation(pitch=-back)
