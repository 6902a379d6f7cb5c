"""Unit primitives as triangles: box, cylinder, superellipsoids, picture.

Each is centred at the origin with sides of length 1, z up, triangles counter-clockwise seen from
outside. Texture coordinates are in units of the size along two of its axes (`axes`), so that a tile
has the same size in metres on every part; axis 3 stands for a size of 1.
"""

from typing import NamedTuple

import numpy as np


class Primitive(NamedTuple):
    """Arrays of one unit shape."""

    vertices: np.ndarray  # (n,3)
    normals: np.ndarray  # (n,3) unit; smooth on round shapes
    uv: np.ndarray  # (n,2)
    axes: np.ndarray  # (n,2) int: the sizes that stretch uv
    faces: np.ndarray  # (m,3) int


def grid_faces(rows: int, columns: int) -> np.ndarray:
    """Triangles (2*rows*columns, 3) of a grid of (rows + 1) x (columns + 1) vertices."""
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    a = (i * (columns + 1) + j).ravel()
    b = a + columns + 1
    return np.stack([a, b, b + 1, a, b + 1, a + 1], -1).reshape(-1, 3)


def signed_power(x: np.ndarray, exponent: float) -> np.ndarray:
    """sign(x) |x|^exponent."""
    return np.sign(x) * np.abs(x) ** exponent


def superellipsoid(exponent: float, around: int = 16, up: int = 10) -> Primitive:
    """1 is a sphere, a small exponent a box with rounded edges."""
    longitude, latitude = np.meshgrid(
        np.linspace(0, 2 * np.pi, around + 1) + np.pi / around,
        np.linspace(-np.pi / 2, np.pi / 2, up + 1),
        indexing="ij",
    )

    def directions(power: float) -> np.ndarray:
        ring = signed_power(np.cos(latitude), power)
        x = ring * signed_power(np.cos(longitude), power)
        y = ring * signed_power(np.sin(longitude), power)
        return np.stack([x, y, signed_power(np.sin(latitude), power)], -1).reshape(-1, 3)

    normals = directions(2 - exponent)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    uv = np.stack([longitude / 2, latitude / 2], -1).reshape(-1, 2)
    axes = np.tile([0, 2], (len(uv), 1))
    return Primitive(directions(exponent) / 2, normals, uv, axes, grid_faces(around, up))


def joined(pieces: list[Primitive]) -> Primitive:
    """Several pieces as one primitive."""
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces[:-1]])
    faces = [piece.faces + start for piece, start in zip(pieces, starts, strict=True)]
    arrays = (np.concatenate(column) for column in list(zip(*pieces, strict=True))[:4])
    return Primitive(*arrays, np.concatenate(faces))


def box() -> Primitive:
    """Six flat sides."""
    sides = []
    quad = np.array([[0, 1, 2], [0, 2, 3]])
    for axis, a, b in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        for sign in (-0.5, 0.5):
            corners = np.zeros((4, 3))
            corners[:, axis] = sign
            corners[:, a], corners[:, b] = [-0.5, 0.5, 0.5, -0.5], [-0.5, -0.5, 0.5, 0.5]
            normals = np.tile(np.eye(3)[axis] * 2 * sign, (4, 1))
            faces = quad if (sign > 0) == (axis != 1) else quad[:, ::-1]
            axes = np.tile([a, b], (4, 1))
            sides.append(Primitive(corners, normals, corners[:, [a, b]], axes, faces))
    return joined(sides)


def cylinder(around: int = 16) -> Primitive:
    """Upright, smooth side, flat caps."""
    angle = np.linspace(0, 2 * np.pi, around + 1)
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], -1)
    half = np.array([0, 0, 0.5])
    side = np.stack([ring / 2 - half, ring / 2 + half], 1).reshape(-1, 3)
    uv = np.stack([np.repeat(angle / 2, 2), side[:, 2]], -1)
    axes = np.tile([0, 2], (len(side), 1))
    pieces = [Primitive(side, np.repeat(ring, 2, 0), uv, axes, grid_faces(around, 1))]
    step = np.arange(1, around - 1)
    fan = np.stack([0 * step, step, step + 1], -1)
    for sign in (-1, 1):
        cap = ring[:around] / 2 + sign * half
        normals = np.tile(2 * sign * half, (around, 1))
        axes = np.tile([0, 1], (around, 1))
        faces = fan if sign > 0 else fan[:, ::-1]
        pieces.append(Primitive(cap, normals, cap[:, :2], axes, faces))
    return joined(pieces)


def picture() -> Primitive:
    """Upright square facing -y; its uv runs over 0..1 whatever its size."""
    corners = np.array([[-0.5, 0, -0.5], [0.5, 0, -0.5], [0.5, 0, 0.5], [-0.5, 0, 0.5]])
    normals, axes = np.tile([0.0, -1, 0], (4, 1)), np.full((4, 2), 3)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return Primitive(corners, normals, corners[:, [0, 2]] + 0.5, axes, faces)


PRIMITIVES = {
    "box": box(),
    "cylinder": cylinder(),
    "ball": superellipsoid(1.0),
    "cushion": superellipsoid(0.35),
    "torso": superellipsoid(0.6),
    "bead": superellipsoid(1.0, around=10, up=6),
    "leaf": superellipsoid(1.0, around=8, up=4),
    "picture": picture(),
}
"""A bead is a ball for small things: fewer triangles, the same smooth normals."""
