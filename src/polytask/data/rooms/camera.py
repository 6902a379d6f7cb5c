"""A pinhole camera, and the search for a good place for it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from polytask.data.rooms.classes import CLASS_ID, CLASSES
from polytask.data.rooms.layout import Footprint
from polytask.data.rooms.meshes import cross
from polytask.data.rooms.rays import Tracer
from polytask.data.rooms.scene import Scene

CANDIDATES, GRID, FEELERS = 20, 14, 96
FREE_SPHERE, FREE_VIEW = 0.22, 0.3
"""Metres without any surface around the camera, and in what it sees."""

INTEREST = {"ceiling": 0.5, "window": 1.5, "door": 2.0, "table": 1.6, "chair": 2.2, "sofa": 1.0,
            "bed": 1.0, "cabinet": 1.0, "shelf": 1.4, "lamp": 2.5, "plant": 2.0, "picture": 2.0,
            "rug": 1.0, "screen": 2.2, "clutter": 2.5, "person": 4.5}  # fmt: skip
"""How much a view gains by showing a class: rare ones count more."""


@dataclass
class Camera:
    """Position and axes in the world; rows of axes are right, down, forward."""

    position: np.ndarray  # (3,)
    axes: np.ndarray  # (3,3)
    focal: float  # in units of half the image's side

    def rays(self, size: int, offsets: np.ndarray) -> np.ndarray:
        """Directions (3, k*size*size) through each pixel, once for each of k offsets (k,2) in it.

        Their forward part is 1, so that a distance along them is a depth.
        """
        centre = np.arange(size, dtype=np.float32) + 0.5
        x = (centre + offsets[:, :1]) * (2 / size) - 1
        y = (centre + offsets[:, 1:]) * (2 / size) - 1
        right, down, forward = self.axes.astype(np.float32)[..., None, None, None]
        scale = np.float32(1 / self.focal)
        directions = forward + right * scale * x[:, None, :] + down * scale * y[:, :, None]
        return directions.reshape(3, -1)


def look_at(
    position: np.ndarray, target: np.ndarray, pitch: float, roll: float, degrees: float
) -> Camera:
    """A camera that turns to the target, looks up by `pitch`, and is tilted by `roll` (radians)."""
    yaw = np.arctan2(*(target - position)[:2])
    sine, cosine = np.sin(yaw), np.cos(yaw)
    forward = np.array([sine * np.cos(pitch), cosine * np.cos(pitch), np.sin(pitch)])
    right = np.array([cosine, -sine, 0.0])
    down = cross(forward, right)
    axes = [
        np.cos(roll) * right + np.sin(roll) * down,
        np.cos(roll) * down - np.sin(roll) * right,
        forward,
    ]
    return Camera(position, np.stack(axes), 1 / np.tan(np.radians(degrees) / 2))


def random_camera(scene: Scene, rng: np.random.Generator) -> Camera:
    """Stands beside the furniture, if the room has space for that, and turns to something."""
    style, (width, depth, height) = scene.style, scene.size
    for _ in range(30):
        x, y = rng.uniform(0.25, width - 0.25), rng.uniform(0.25, depth - 0.25)
        place = Footprint(x, y, 0.3, 0.3)
        if not any(place.overlaps(other, 0.0) for other in scene.obstacles):
            break
    position = np.array([x, y, min(rng.uniform(*style.camera_height), height - 0.3)])
    people = [sight for sight in scene.sights if sight[0] == CLASS_ID["person"]]
    sights = people if people and rng.random() < 0.4 else scene.sights
    target = sights[rng.integers(len(sights))][1] + rng.normal(0, 0.3, 3)
    degrees = rng.uniform(*style.field_of_view_degrees)
    return look_at(position, target, rng.uniform(*style.pitch), rng.normal(0, 0.02), degrees)


def sphere(count: int) -> np.ndarray:
    """Unit vectors (3,count) spread evenly (Fibonacci)."""
    i = np.arange(count) + 0.5
    z, angle = 1 - 2 * i / count, i * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - z * z)
    return np.stack([ring * np.cos(angle), ring * np.sin(angle), z]).astype(np.float32)


def views(scene: Scene, tracer: Tracer, rng: np.random.Generator) -> Iterator[Camera]:
    """Cameras outside of every object, the richest of each twenty first; never ends."""
    while True:
        cameras = [random_camera(scene, rng) for _ in range(CANDIDATES)]
        scores = score_views(tracer, cameras)
        for i in np.argsort(-scores, kind="stable"):
            if np.isfinite(scores[i]):
                yield cameras[i]


def score_views(tracer: Tracer, cameras: list[Camera]) -> np.ndarray:
    """Interest of each view, -inf where the camera is inside something or too near to it.

    Of every triangle that the rays meet, the outside must face the camera; one that starts inside a
    closed object would see the back of its surface.
    """
    feelers, middle = sphere(FEELERS), np.zeros((1, 2), np.float32)
    fans = [np.concatenate([c.rays(GRID, middle), feelers], 1) for c in cameras]
    directions = np.ascontiguousarray(np.concatenate(fans, 1).T)
    origins = np.repeat([c.position for c in cameras], len(fans[0][0]), 0).astype(np.float32)
    hits = tracer.first_hits(origins, directions)
    a, b, c = tracer.mesh.vertices[tracer.corners[:, hits.triangle]]
    outside = np.einsum("ij,ij->i", np.cross(b - a, c - a), directions) < 0
    shape, cut = (len(cameras), -1), GRID * GRID
    outside = (outside & (hits.triangle >= 0)).reshape(shape)
    near = hits.distance.reshape(shape)
    classes = tracer.mesh.tags[1, hits.triangle].reshape(shape)[:, :cut]
    allowed = outside.all(1) & (near[:, cut:].min(1) > FREE_SPHERE)
    allowed &= near[:, :cut].min(1) > FREE_VIEW
    weight = np.array([INTEREST.get(name, 0.0) for name in CLASSES])
    share = np.stack([(classes == k).mean(1) for k in range(len(CLASSES))], 1)
    score = np.minimum(share, 0.12) ** 0.7 @ weight
    score -= 3 * (near[:, :cut] < 0.6).mean(1) + 2 * np.maximum(share.max(1) - 0.55, 0)
    return np.where(allowed, score, -np.inf)
