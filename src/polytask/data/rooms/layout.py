"""Where things can go: along the walls and on the floor of a room, without collisions."""

from typing import NamedTuple

import numpy as np

from polytask.data.rooms.dice import Dice
from polytask.data.rooms.workshop import Pose

YAWS = (0.0, -np.pi / 2, np.pi, np.pi / 2)
"""Direction of what leans on the wall at y = depth, x = width, y = 0, x = 0."""


class Footprint(NamedTuple):
    """An upright rectangle on the floor: centre and half sides, metres."""

    x: float
    y: float
    half_x: float
    half_y: float

    def overlaps(self, other: "Footprint", gap: float) -> bool:
        """True where the two are closer than `gap` along both axes."""
        return (
            abs(self.x - other.x) < self.half_x + other.half_x + gap
            and abs(self.y - other.y) < self.half_y + other.half_y + gap
        )


class Span(NamedTuple):
    """A rectangle on a wall."""

    left: float
    right: float
    bottom: float
    top: float

    def overlaps(self, other: "Span") -> bool:
        """True where the two share area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


def turned_footprint(x: float, y: float, width: float, depth: float, yaw: float) -> Footprint:
    """The upright rectangle around a turned one."""
    cosine, sine = abs(np.cos(yaw)), abs(np.sin(yaw))
    return Footprint(x, y, (width * cosine + depth * sine) / 2, (width * sine + depth * cosine) / 2)


class Layout:
    """What is taken in a room of width x depth x height metres."""

    def __init__(self, dice: Dice, width: float, depth: float, height: float) -> None:
        self.dice, self.width, self.depth, self.height = dice, width, depth, height
        self.floor: list[Footprint] = []
        self.walls: list[list[Span]] = [[] for _ in YAWS]

    def is_free(self, new: Footprint, gap: float = 0.05) -> bool:
        """True where nothing stands and the room has not ended."""
        return (
            new.half_x <= new.x <= self.width - new.half_x
            and new.half_y <= new.y <= self.depth - new.half_y
            and not any(new.overlaps(old, gap) for old in self.floor)
        )

    def on_floor(self, width: float, depth: float, tries: int = 12) -> Pose | None:
        """Take a free place on the floor, roughly parallel to the walls."""
        dice = self.dice
        for _ in range(tries):
            yaw = dice.count(0, 3) * np.pi / 2 + dice.uniform(-0.25, 0.25)
            half = turned_footprint(0, 0, width, depth, yaw)[2:]
            if 2 * half[0] > self.width or 2 * half[1] > self.depth:
                continue
            x = dice.uniform(half[0], self.width - half[0])
            y = dice.uniform(half[1], self.depth - half[1])
            if self.is_free(Footprint(x, y, *half)):
                self.floor.append(Footprint(x, y, *half))
                return Pose(x, y, 0.0, yaw)
        return None

    def at_wall(
        self, width: float, depth: float, height: float, bottom: float = 0.0, tries: int = 12
    ) -> Pose | None:
        """Take a free place at a wall; depth 0 hangs on it, anything else stands before it."""
        dice = self.dice
        for _ in range(tries):
            wall = dice.count(0, 3)
            length = (self.width, self.depth)[wall % 2]
            if width > length - 0.3 or bottom + height > self.height - 0.1:
                continue
            along = dice.uniform(width / 2 + 0.05, length - width / 2 - 0.05)
            pose = self.wall_pose(wall, along, depth / 2 + 0.01 if depth else 0.0, bottom)
            span = Span(along - width / 2, along + width / 2, bottom, bottom + height)
            footprint = turned_footprint(pose.x, pose.y, width, depth, pose.yaw)
            if any(span.overlaps(old) for old in self.walls[wall]):
                continue
            if depth and not self.is_free(footprint):
                continue
            self.walls[wall].append(span)
            if depth:
                self.floor.append(footprint)
            return pose
        return None

    def wall_pose(self, wall: int, along: float, off: float, height: float) -> Pose:
        """The pose at that place along a wall, `off` metres before it."""
        x, y = (
            (along, self.depth - off),
            (self.width - off, along),
            (along, off),
            (off, along),
        )[wall]
        return Pose(x, y, height, YAWS[wall])
