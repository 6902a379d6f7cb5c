"""Labelled parts to triangle arrays: primitives placed by size, taper, rotation and shift."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from polytask.data.rooms.primitives import PRIMITIVES

Vector = np.ndarray
MATERIAL_ROWS = 11
TILE, DARK, BRIGHT, SCALE, GLOSS, GLOW, OUTSIDE = 0, slice(1, 4), slice(4, 7), 7, 8, 9, 10
"""Rows of Mesh.materials."""


class Material(NamedTuple):
    """Colours go from dark to bright with a tile, of which there are `scale` to the metre."""

    tile: int
    dark: Vector
    bright: Vector
    scale: float = 1.0
    gloss: float = 0.0
    glow: float = 0.0
    outside: bool = False  # a pane: shows the tile as far away, by direction


@dataclass
class Mesh:
    """All triangles of a scene, one column per vertex, triangle or material."""

    vertices: np.ndarray  # (n,3) float32 metres, world (z up)
    surface: np.ndarray  # (5,n) float32: unit normal, texture coordinates
    faces: np.ndarray  # (m,3) int32, counter-clockwise seen from outside
    tags: np.ndarray  # (4,m) int32: material, class, instance, human part
    materials: np.ndarray  # (11,k) float32


def rotation(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Turn about y (roll), then x (pitch), then z (yaw); (3,3), columns are the turned axes."""
    cz, sz, cx, sx = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cy, sy = np.cos(roll), np.sin(roll)
    return np.array(
        [
            [cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy],
            [sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy],
            [-cx * sy, sx, cx * cy],
        ]
    )


def cross(a: Vector, b: Vector) -> Vector:
    """Cross product of two vectors (3,)."""
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def upright_along(axis: Vector) -> np.ndarray:
    """A rotation (3,3) that takes z to the unit vector `axis`."""
    x = cross([0, 1, 0] if abs(axis[1]) < 0.9 else [1, 0, 0], axis)
    x = x / np.sqrt(x @ x)
    return np.stack([x, cross(axis, x), axis], -1)


@dataclass
class Builder:
    """Collects the parts of labelled instances; `bake` turns them into one Mesh."""

    parts: dict[str, list[tuple]] = field(default_factory=lambda: {name: [] for name in PRIMITIVES})
    materials: list[Material] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)  # of each instance
    origin: Vector = field(default_factory=lambda: np.zeros(3))
    axes: np.ndarray = field(default_factory=lambda: np.eye(3))

    def begin(self, class_id: int, origin: Vector, yaw: float) -> int:
        """Start an instance, in whose frame the next parts are given; returns its number."""
        self.origin, self.axes = np.asarray(origin, float), rotation(yaw)
        self.classes.append(class_id)
        return len(self.classes) - 1

    def material(self, material: Material) -> int:
        """Register a material; returns its number."""
        self.materials.append(material)
        return len(self.materials) - 1

    def add(
        self,
        shape: str,
        centre: Vector,
        size: tuple[float, float, float],
        material: int,
        *,
        turn: np.ndarray | None = None,
        taper: float = 1.0,
        part: int = 0,
    ) -> None:
        """One primitive; `taper` is its width at the top over that at the bottom."""
        axes = self.axes if turn is None else self.axes @ turn
        tag = (material, self.classes[-1], len(self.classes) - 1, part)
        self.parts[shape].append((axes, (*size, 1.0), self.axes @ centre + self.origin, taper, tag))

    def bake(self) -> Mesh:
        """Every part in the world frame."""
        baked, first = [], 0
        for shape, parts in self.parts.items():
            if parts:
                baked.append(bake(shape, parts, first))
                first += len(baked[-1][0])
        vertices, surface, faces, tags = zip(*baked, strict=True)
        rows = [
            (m.tile, *m.dark, *m.bright, m.scale, m.gloss, m.glow, m.outside)
            for m in self.materials
        ]
        return Mesh(
            np.concatenate(vertices).astype(np.float32),
            np.ascontiguousarray(np.concatenate(surface).T, np.float32),
            np.concatenate(faces).astype(np.int32),
            np.ascontiguousarray(np.concatenate(tags).T, np.int32),
            np.ascontiguousarray(np.array(rows).T, np.float32),
        )


def bake(shape: str, parts: list[tuple], first: int) -> tuple[np.ndarray, ...]:
    """Vertices, surface rows, faces and tags of all parts of one shape; `first` is its vertex."""
    unit = PRIMITIVES[shape]
    axes, size, centre, taper, tag = (np.array(column) for column in zip(*parts, strict=True))
    slope = taper[:, None] - 1
    vertices = np.repeat(unit.vertices[None], len(parts), 0)
    vertices[..., :2] *= (1 + slope * (unit.vertices[:, 2] + 0.5))[..., None]
    vertices = np.matmul(vertices * size[:, None, :3], axes.transpose(0, 2, 1)) + centre[:, None]
    normals = np.repeat(unit.normals[None], len(parts), 0)
    normals[..., 2] -= 0.5 * slope * np.hypot(unit.normals[:, 0], unit.normals[:, 1])
    normals = np.matmul(normals / size[:, None, :3], axes.transpose(0, 2, 1))
    normals /= np.sqrt(np.einsum("kij,kij->ki", normals, normals))[..., None]
    surface = np.concatenate([normals, unit.uv[None] * size[:, unit.axes]], -1)
    starts = first + len(unit.vertices) * np.arange(len(parts))
    faces = unit.faces[None] + starts[:, None, None]
    return (
        vertices.reshape(-1, 3),
        surface.reshape(-1, 5),
        faces.reshape(-1, 3),
        np.repeat(tag, len(unit.faces), 0),
    )
