"""Surface normals of rendered scenes that bring depth alone. Shapes: (H, W) and (3, H, W)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole: focal length and principal point (column, row) in pixels."""

    focal: float
    centre: tuple[float, float]


def normals_from_depth(depth_HW: np.ndarray, camera: Camera) -> np.ndarray:
    """Unit normals of the triangle of a pixel's point and those to its right and above it.

    Float32 in the camera's frame (x right, y down, z forward), towards the camera; zero where one
    of the three points is not known. Where depth jumps they are those of the jump. Differs from
    DenseMTL, whose triangles they are: there z alone changes its sign, so that it is positive.
    """
    rows, columns = np.indices(depth_HW.shape)
    u, v = camera.centre
    rays_3HW = np.stack(
        [(columns - u) / camera.focal, (rows - v) / camera.focal, np.ones(depth_HW.shape)]
    )
    points_3HW = rays_3HW * depth_HW
    here = points_3HW[:, 1:, :-1]
    vectors = np.cross(points_3HW[:, 1:, 1:] - here, points_3HW[:, :-1, :-1] - here, axis=0)
    known = (depth_HW[1:, :-1] > 0) & (depth_HW[1:, 1:] > 0) & (depth_HW[:-1, :-1] > 0)
    lengths = np.sqrt(np.einsum("chw,chw->hw", vectors, vectors))
    known &= lengths > 0
    normals_3HW = np.zeros((3, *depth_HW.shape), np.float32)
    normals_3HW[:, 1:, :-1] = np.where(known, vectors / np.where(known, lengths, 1), 0)
    return normals_3HW
