"""Normals of planes whose depth is known in closed form."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.vkitti2 import FRAMES, IMAGE_HW, write_vkitti2

from polytask.data.depth_normals import Camera, normals_from_depth
from polytask.data.layout import read
from polytask.data.layouts import open_layout

CAMERA = Camera(focal=20.0, centre=(6.5, 4.0))
SHAPE = (10, 14)


def plane(normal: tuple[float, float, float], distance: float) -> np.ndarray:
    """Depth of the plane n . p = -distance along each pixel's ray ((c - u) / f, (r - v) / f, 1)."""
    rows, columns = np.indices(SHAPE)
    along = normal[0] * (columns - 6.5) / 20 + normal[1] * (rows - 4.0) / 20 + normal[2]
    return -distance / along


@pytest.mark.parametrize(
    "normal", [(0.0, 0.0, -1.0), (0.6, 0.0, -0.8), (0.0, -0.6, -0.8), (-2 / 3, 1 / 3, -2 / 3)]
)
def test_a_plane_has_one_normal_towards_the_camera(normal: tuple[float, float, float]) -> None:
    normals = normals_from_depth(plane(normal, 3.0), CAMERA)
    assert normals.dtype == np.float32 and normals.shape == (3, *SHAPE)
    inside = normals[:, 1:, :-1].reshape(3, -1)
    np.testing.assert_allclose(
        inside, np.tile(np.array(normal)[:, None], inside.shape[1]), atol=1e-5
    )


def test_ground_below_the_camera_points_up() -> None:
    """1.5 m below it: depth 1.5 f / (row - v) on the rows under the horizon."""
    depth = np.zeros(SHAPE)
    rows = np.arange(5, 10)
    depth[5:] = (1.5 * 20 / (rows - 4.0))[:, None]
    normals = normals_from_depth(depth, CAMERA)
    np.testing.assert_allclose(normals[:, 6:, :-1].mean((1, 2)), (0, -1, 0), atol=1e-6)


def test_what_lacks_a_point_has_none() -> None:
    depth = plane((0.0, 0.0, -1.0), 3.0)
    depth[5, 5] = 0
    zero = (normals_from_depth(depth, CAMERA) == 0).all(0)
    expected = np.zeros(SHAPE, bool)
    expected[0] = expected[:, -1] = True  # no neighbour above, none to the right
    expected[5, 5] = expected[5, 4] = expected[6, 5] = True
    assert (zero == expected).all()


def test_virtual_kitti_2_has_them(tmp_path: Path) -> None:
    layout = open_layout("vkitti2", write_vkitti2(tmp_path / "vkitti2", FRAMES[:1]))
    sources = read(layout.tree, layout.labels("normals", FRAMES[0]))
    normals = layout.decode_label("normals", sources, 14, IMAGE_HW)
    lengths = np.linalg.norm(normals, axis=0)
    assert (lengths[:2] == 0).all()  # the sky and what lies below it
    np.testing.assert_allclose(lengths[2:, :-1], 1, atol=1e-5)
    assert (normals[2][2:, :-1] < 0).mean() > 0.9
