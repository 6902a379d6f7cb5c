"""Light: what each sample sends to the camera.

Surfaces are matt with a highlight; light is ambient (with short-range occlusion and the colour that
floor and walls reflect), two area lights and the sun, all three with shadows.
"""

from typing import Protocol

import numpy as np

from polytask.data.rooms.camera import Camera
from polytask.data.rooms.lights import AreaLight, Sun
from polytask.data.rooms.meshes import BRIGHT, DARK, GLOSS, GLOW, OUTSIDE, SCALE, TILE, Mesh
from polytask.data.rooms.rays import Samples, Tracer, dot, unit
from polytask.data.rooms.styles import Style
from polytask.data.rooms.textures import look_up

f32 = np.float32
PER_PIXEL = 4
OFFSETS = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1], [0, 0]], f32) / 4
"""Where rays pass a pixel: four for the colour, the last through the centre for the labels."""

LIFT = f32(2e-3)
"""Shadow rays start that far above the surface, metres."""

QUADRANTS = np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]], f32) / 2
"""The four samples of a pixel look at the four quarters of a light."""

OCCLUSION_REACH = 0.8
VIEW_ANGLE = f32(2 / np.pi)
"""Tiles per radian of what windows show."""


class Lit(Protocol):
    """What light needs to know of a scene (scene.Scene)."""

    style: Style
    mesh: Mesh
    lights: list[AreaLight]
    sun: Sun | None
    tint: np.ndarray


def radiance(
    scene: Lit,
    tracer: Tracer,
    camera: Camera,
    samples: Samples,
    size: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Linear radiance (3,4,size,size) of the four colour samples of each pixel."""
    count = PER_PIXEL * size * size
    start = samples.point + samples.normal * LIFT
    ambient = ambient_light(scene, tracer, samples, start, size, rng)
    seen = Samples(*(getattr(samples, name)[..., :count] for name in Samples.__annotations__))
    paint = scene.mesh.materials.take(seen.tags[0], axis=1)
    albedo = surface_colour(paint, seen, camera, size)
    light, start = ambient, start[:, :count]
    gloss = np.zeros_like(light)
    for lamp in scene.lights:
        add_lamp(light, gloss, lamp, tracer, seen, start, paint[GLOSS], rng)
    if scene.sun:
        add_sun(light, scene.sun, tracer, seen, start)
    light *= 1 - paint[OUTSIDE]
    light += 2 * paint[GLOW]
    return (albedo * light + gloss).reshape(3, PER_PIXEL, size, size)


def surface_colour(paint: np.ndarray, samples: Samples, camera: Camera, size: int) -> np.ndarray:
    """Linear colour (3,n) of the material rows `paint` (11,n)."""
    pixel = f32(1 / (camera.focal * size))
    uv, footprint = samples.uv * paint[SCALE], samples.depth * pixel * paint[SCALE]
    panes = np.flatnonzero(paint[OUTSIDE])
    if len(panes):
        x, y, z = samples.direction.take(panes, axis=1)
        up = np.arctan2(z, np.hypot(x, y)) * VIEW_ANGLE + f32(0.5)
        uv[0, panes], uv[1, panes] = np.arctan2(x, y) * VIEW_ANGLE, up.clip(0.001, 0.999)
        footprint[panes] = pixel * VIEW_ANGLE
    tile = look_up(paint[TILE].astype(np.int32), uv, footprint)
    tile *= paint[BRIGHT] - paint[DARK]
    tile += paint[DARK]
    return np.square(tile, out=tile)


def ambient_light(
    scene: Lit,
    tracer: Tracer,
    samples: Samples,
    start: np.ndarray,
    size: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Ambient light (3, 4*size*size): less where the surroundings are near, coloured by them.

    One ray for each label sample, averaged over its neighbours and shared by the pixel.
    """
    pixels = size * size
    normal = samples.normal[:, -pixels:]
    paths = normal + f32(0.98) * unit(rng.standard_normal((3, pixels), dtype=f32))
    free = tracer.reaches(start[:, -pixels:], paths, OCCLUSION_REACH)
    side = np.rint(normal * f32(1.4)).astype(np.int32) + 1
    key = ((samples.tags[2, -pixels:] * 3 + side[0]) * 3 + side[1]) * 3 + side[2]
    open_share = neighbour_mean(free.reshape(size, size), key.reshape(size, size)).ravel()
    strength = f32(scene.style.ambient) * (f32(0.2) + f32(0.8) * open_share)
    floor, walls = (0.4 + 0.6 * tint / tint.mean() for tint in scene.tint + 1e-3)
    up = normal[2] * f32(0.5) + f32(0.5)
    above = ((1 + walls) / 2).astype(f32)[:, None]
    below = (0.7 * (floor + walls) / 2).astype(f32)[:, None]
    return np.tile((below + (above - below) * up) * strength, PER_PIXEL)


def neighbour_mean(values: np.ndarray, key: np.ndarray, reach: int = 2) -> np.ndarray:
    """Mean (h,w) of a boolean map over the 5 x 5 neighbours that have the pixel's key."""
    height, width = key.shape
    padded, padded_key = (np.pad(a, reach, mode="edge") for a in (values.astype(f32), key))
    total, count = np.zeros(key.shape, f32), np.zeros(key.shape, f32)
    for top in range(2 * reach + 1):
        for left in range(2 * reach + 1):
            window = slice(top, top + height), slice(left, left + width)
            same = padded_key[window] == key
            total += same * padded[window]
            count += same
    return total / count


def add_lamp(
    light: np.ndarray,
    gloss: np.ndarray,
    lamp: AreaLight,
    tracer: Tracer,
    samples: Samples,
    start: np.ndarray,
    glossiness: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Add an area light's share to light and gloss (3,n): one shadow ray per sample."""
    spread = rng.random((3, PER_PIXEL, start.shape[1] // PER_PIXEL), dtype=f32)
    spread[:2] += QUADRANTS[..., None] - f32(0.5)
    spread[2] = 2 * spread[2] - 1
    axes = lamp.half_axes.astype(f32)
    to_lamp = np.einsum("ij,jn->in", axes, spread.reshape(3, -1)) + (
        lamp.centre.astype(f32)[:, None] - start
    )
    facing = dot(samples.normal, to_lamp)
    if lamp.normal is None:
        lit = np.flatnonzero(facing > 0)
    else:
        leaving = -dot(lamp.normal.astype(f32)[:, None], to_lamp)
        lit = np.flatnonzero((facing > 0) & (leaving > 0))
    path = to_lamp.take(lit, axis=1)
    free = tracer.reaches(start.take(lit, axis=1), path, 0.98)
    lit, path = lit[free], path[:, free]
    squared = dot(path, path)
    distance = np.sqrt(squared)
    power = 1 / (squared + f32(0.5))
    if lamp.normal is not None:
        power *= leaving[lit] / distance
    add_light(light, lamp.power, lit, power * facing[lit] / distance)
    shiny = np.flatnonzero(glossiness[lit] > 0)
    lit = lit[shiny]
    half = unit(path[:, shiny] / distance[shiny] - unit(samples.direction.take(lit, axis=1)))
    peak = dot(half, samples.normal.take(lit, axis=1)).clip(0) ** 40
    add_light(gloss, 0.5 * lamp.power, lit, power[shiny] * glossiness[lit] * peak)


def add_light(total: np.ndarray, colour: np.ndarray, where: np.ndarray, amount: np.ndarray) -> None:
    """total (3,n) gains colour (3,) times amount at the places `where`."""
    for channel, strength in zip(total, colour.astype(f32), strict=True):
        channel[where] += strength * amount


def add_sun(
    light: np.ndarray, sun: Sun, tracer: Tracer, samples: Samples, start: np.ndarray
) -> None:
    """Add the patches that the sun throws through its window: only they need shadow rays."""
    toward, across = sun.toward.astype(f32), sun.across.astype(f32)
    inward = np.array([across[1], -across[0], 0], f32)
    facing = dot(samples.normal, toward[:, None])
    offset = sun.centre.astype(f32)[:, None] - start
    reach = dot(inward[:, None], offset) / (inward @ toward)
    x = toward @ across * reach - dot(across[:, None], offset)
    z = toward[2] * reach - offset[2]
    inside = (np.abs(x) < sun.half_width) & (np.abs(z) < sun.half_height)
    lit = np.flatnonzero(inside & (facing > 0) & (reach > 0))
    paths = np.broadcast_to(toward[:, None], (3, len(lit)))
    lit = lit[tracer.reaches(start.take(lit, axis=1), paths, reach[lit] - f32(1e-3))]
    add_light(light, sun.power, lit, facing[lit])
