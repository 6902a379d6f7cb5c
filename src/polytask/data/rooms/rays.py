"""Ray casting: what each ray meets, and where light gets through."""

from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from polytask.data.rooms.meshes import Mesh

GRAZING = 0.02
"""A normal is kept at least that far (its cosine) on the viewer's side."""


@dataclass
class Hits:
    """What n rays met first."""

    triangle: np.ndarray  # (n,) int32, -1 where the ray met nothing
    distance: np.ndarray  # (n,) in lengths of the ray's direction
    weights: np.ndarray  # (2,n) barycentric coordinates of the second and third corner


@dataclass
class Samples:
    """Surface points under n rays."""

    direction: np.ndarray  # (3,n) of the ray, world
    depth: np.ndarray  # (n,) metres along the optical axis
    point: np.ndarray  # (3,n) world
    normal: np.ndarray  # (3,n) unit, on the viewer's side
    uv: np.ndarray  # (2,n)
    tags: np.ndarray  # (4,n) material, class, instance, human part


class Tracer:
    """A mesh prepared for rays; all arrays are float32."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh, self.scene = mesh, EmbreeScene()
        TriangleMesh(self.scene, mesh.vertices, mesh.faces)
        self.corners = np.ascontiguousarray(mesh.faces.T)

    def first_hits(self, origins: np.ndarray, directions: np.ndarray) -> Hits:
        """The nearest triangle for rays given as (n,3) origins and directions."""
        hit = self.scene.run(origins, directions, output=True)
        return Hits(hit["primID"], hit["tfar"], np.stack([hit["u"], hit["v"]]))

    def reaches(
        self, origins: np.ndarray, paths: np.ndarray, share: float | np.ndarray
    ) -> np.ndarray:
        """True (n,) where the first `share` of the paths (3,n) from origins (3,n) is free."""
        count = origins.shape[1]
        reach = np.full(count, share, np.float32) if np.isscalar(share) else share
        start, path = np.ascontiguousarray(origins.T), np.ascontiguousarray(paths.T)
        return self.scene.run(start, path, dists=reach, query="OCCLUDED") < 0

    def samples(self, position: np.ndarray, directions: np.ndarray, hits: Hits) -> Samples:
        """The surface under rays (3,n) from one position (3,), which all met something."""
        corners = self.corners.take(hits.triangle, axis=1)
        u, v = hits.weights
        surface = self.mesh.surface.take(corners[0], axis=1) * (1 - u - v)
        surface += self.mesh.surface.take(corners[1], axis=1) * u
        surface += self.mesh.surface.take(corners[2], axis=1) * v
        normal = unit(surface[:3])
        face_viewer(normal, directions)
        point = position.astype(np.float32)[:, None] + directions * hits.distance
        tags = self.mesh.tags.take(hits.triangle, axis=1)
        return Samples(directions, hits.distance, point, normal, surface[3:], tags)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Scalar products (n,) of vectors (3,n)."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (3,n) at length 1."""
    return vectors / np.sqrt(dot(vectors, vectors))


def face_viewer(normals: np.ndarray, directions: np.ndarray) -> None:
    """Bend interpolated normals (3,n) that look away at a silhouette back to the viewer, in place.

    The shading uses the bent normals too, so that the label is exact for what is drawn.
    """
    cosine = dot(normals, directions)
    away = np.flatnonzero(cosine > -GRAZING)
    ray = directions.take(away, axis=1)
    excess = (cosine[away] + 2 * GRAZING) / dot(ray, ray)
    normals[:, away] = unit(normals.take(away, axis=1) - ray * excess)
