"""One image and all of its maps, from a seed."""

from typing import Any

import numpy as np

from polytask.data.rooms.camera import Camera, views
from polytask.data.rooms.labels import edge_map, objects, saliency_map
from polytask.data.rooms.rays import Hits, Samples, Tracer
from polytask.data.rooms.scene import Scene, build_scene
from polytask.data.rooms.shading import OFFSETS, Lit, radiance

NEAREST = 0.25
"""No pixel shows anything nearer than that, metres."""

VIGNETTE = 0.25
"""Light lost in the corners."""


def render(seed: int, style: str = "day", size: int = 128) -> dict[str, Any]:
    """All maps (size,size) of one image; the same arguments give the same bytes.

    image uint8 (size,size,3); semseg, human_parts uint8; sal, edge uint8 0 or 1; normals float32
    (size,size,3), unit, in the camera frame (x right, y down, z forward); depth float32, metres
    along z; instance uint16; camera float32 (13,): position, axes, focal length; objects: records;
    room: its kind.
    The four rays that make a pixel's colour lie around the one that makes its labels.
    """
    scene, rng = build_scene(seed, style)
    tracer = Tracer(scene.mesh)
    camera, directions, hits = choose_view(scene, tracer, size, rng)
    image, samples = expose(scene, tracer, camera, directions, hits, size, rng)
    central = slice(-size * size, None)
    depth = samples.depth[central].reshape(size, size)
    tags = samples.tags[:, central].reshape(4, size, size)
    normals = np.einsum("ij,jn->in", camera.axes.astype(np.float32), samples.normal[:, central])
    instance = tags[2]
    return {
        "image": image,
        "semseg": tags[1].astype(np.uint8),
        "human_parts": tags[3].astype(np.uint8),
        "sal": saliency_map(instance, scene.classes).astype(np.uint8),
        "edge": edge_map(instance, depth).astype(np.uint8),
        "normals": np.ascontiguousarray(normals.T).reshape(size, size, 3),
        "depth": depth,
        "instance": instance.astype(np.uint16),
        "camera": np.array([*camera.position, *camera.axes.ravel(), camera.focal], np.float32),
        "objects": objects(instance, depth, scene.classes, scene.joints, camera),
        "room": scene.room,
    }


def choose_view(
    scene: Scene, tracer: Tracer, size: int, rng: np.random.Generator
) -> tuple[Camera, np.ndarray, Hits]:
    """The best camera of which every ray meets something that is not too near."""
    for camera in views(scene, tracer, rng):
        directions = camera.rays(size, OFFSETS)
        origins = np.empty(directions.shape[::-1], np.float32)
        origins[:] = camera.position
        hits = tracer.first_hits(origins, np.ascontiguousarray(directions.T))
        if hits.triangle.min() >= 0 and hits.distance.min() > NEAREST:
            return camera, directions, hits
    raise AssertionError("views() never ends")


def expose(
    scene: Lit, tracer: Tracer, camera: Camera, directions: np.ndarray, hits: Hits, size: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, Samples]:  # fmt: skip
    """The image that a camera takes, uint8 (size,size,3), and what each of its rays met."""
    samples = tracer.samples(camera.position, directions, hits)
    light = radiance(scene, tracer, camera, samples, size, rng)
    return develop(light, scene, size, rng), samples


def develop(light: np.ndarray, scene: Lit, size: int, rng: np.random.Generator) -> np.ndarray:
    """Radiance (3,4,size,size) to a uint8 image (size,size,3): lens, exposure, film, noise."""
    style = scene.style
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    light *= 1 - np.float32(VIGNETTE / 2) * (axis[:, None] ** 2 + axis**2)
    median = np.median(light[:, 0].mean(0))
    light *= np.float32(np.log(1 - rng.uniform(*style.exposure)) / median)
    image = np.sqrt(1 - np.exp(light, out=light).mean(1))
    image += np.float32(style.noise) * rng.standard_normal(image.shape, dtype=np.float32)
    pixels = (image.clip(0, 1) * 255 + np.float32(0.5)).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))
