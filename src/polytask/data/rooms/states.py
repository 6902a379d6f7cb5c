"""States of a piece that nobody expects: tipped over, or without one of its parts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from polytask.data.rooms.meshes import Builder, Mesh
from polytask.data.rooms.workshop import Pose


class Part(NamedTuple):
    """Where a part of a piece is, in shares of the piece's size in its own frame."""

    shape: str
    place: int  # among the builder's parts of that shape
    y: float  # of its centre, 0 in the middle, 0.5 at the back
    z: float  # of its centre
    bottom: float
    height: float


REMOVABLE: dict[str, Callable[[Part], bool]] = {
    "chair": lambda part: part.z > 0.5 and part.y > 0.4,  # posts, slats and panel of the back
    "table": lambda part: part.bottom < 0.06 and part.height > 0.5,  # legs, or the column
    "lamp": lambda part: part.z > 0.6,  # the shade
    "plant": lambda part: part.shape == "cylinder" and part.bottom < 0.01,  # the pot
}
"""What may be missing of a piece, by its class."""

ONE_OF_THEM = ("table",)
"""Classes of which a single removable part goes, where of the others all of them do."""


def parts_of(builder: Builder, instance: int, pose: Pose, size: tuple) -> Iterator[Part]:
    """The parts of an upright instance that stands at `pose`."""
    _, depth, height = size
    back = np.array([-np.sin(pose.yaw), np.cos(pose.yaw), 0.0])
    for shape, parts in builder.parts.items():
        for place, (axes, extent, centre, _, tag) in enumerate(parts):
            if tag[2] == instance:
                tall = float(np.abs(axes[2]) @ extent[:3])
                y, z = float((centre - pose[:3]) @ back), float(centre[2] - pose.z)
                yield Part(
                    shape, place, y / depth, z / height, (z - tall / 2) / height, tall / height
                )


def missing(builder: Builder, class_name: str, parts: Iterable[Part]) -> Iterator[Mesh]:
    """The scene without what may be missing of a piece of that class, in every way there is."""
    removable = [part for part in parts if REMOVABLE[class_name](part)]
    for gone in [[part] for part in removable] if class_name in ONE_OF_THEM else [removable]:
        places = {(part.shape, part.place) for part in gone}
        kept = {
            shape: [each for at, each in enumerate(all_of_shape) if (shape, at) not in places]
            for shape, all_of_shape in builder.parts.items()
        }
        yield replace(builder, parts=kept).bake()


def tip_over(mesh: Mesh, instance: int, foot: np.ndarray, towards: float, angle: float) -> None:
    """Turn an instance about its foot (3,) by `angle`, to the direction `towards`, in place.

    Both in radians, `towards` from x to y. Then its lowest point touches the floor.
    """
    x, y = -np.sin(towards), np.cos(towards)
    around = np.array([[0, 0, y], [0, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + np.sin(angle) * around + (1 - np.cos(angle)) * around @ around
    moved = np.unique(mesh.faces[mesh.tags[2] == instance])
    vertices = (mesh.vertices[moved] - foot) @ turn.T
    vertices[:, 2] -= vertices[:, 2].min()
    mesh.vertices[moved] = vertices + foot
    mesh.surface[:3, moved] = turn @ mesh.surface[:3, moved]
