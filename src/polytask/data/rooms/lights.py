"""The two lamps of a room and the sun; positions in metres, colours in linear light."""

from dataclasses import dataclass

import numpy as np

from polytask.data.rooms.layout import Layout
from polytask.data.rooms.workshop import Pose, Workshop


@dataclass(frozen=True)
class AreaLight:
    """A box of light; with a normal it shines to that side only, like a window."""

    centre: np.ndarray  # (3,)
    half_axes: np.ndarray  # (3,3) columns span the box
    power: np.ndarray  # (3,)
    normal: np.ndarray | None = None  # (3,)


@dataclass(frozen=True)
class Sun:
    """Parallel light through one window."""

    toward: np.ndarray  # (3,) unit vector to the sun
    power: np.ndarray  # (3,)
    centre: np.ndarray  # (3,) of the pane
    across: np.ndarray  # (3,) along the pane, unit
    half_width: float
    half_height: float


Window = tuple[Pose, tuple[float, float, float]]


def bulb(shop: Workshop, below: np.ndarray, area: float) -> AreaLight:
    """A ball of light under the hanging lamp; `area` relative to a room of 16 square metres."""
    colour = np.array(shop.style.bulb) * shop.rng.uniform(0.9, 1.1, 3)
    return AreaLight(below, np.eye(3) * 0.12, colour * area * shop.uniform(0.8, 1.6))


def daylight(shop: Workshop, layout: Layout, windows: list[Window], area: float) -> AreaLight:
    """The sky's light through the first window, or a second lamp in a room without."""
    colour = np.array(shop.style.daylight) * shop.rng.uniform(0.9, 1.1, 3)
    power = colour * area * shop.uniform(0.9, 2.2)
    if not windows:
        x, y = shop.uniform(0.5, layout.width - 0.5), shop.uniform(0.5, layout.depth - 0.5)
        return AreaLight(np.array([x, y, layout.height - 0.3]), np.eye(3) * 0.25, 0.7 * power)
    pose, (width, _, height) = windows[0]
    across, normal = pose.point(1, 0, 0) - pose.point(0, 0, 0), pose.point(0, -1, 0) - pose[:3]
    axes = np.stack([across * width * 0.4, np.array([0, 0, height * 0.4]), 0 * normal], -1)
    return AreaLight(pose.point(0, -0.2, height / 2), axes, 1.5 * power, normal)


def sunlight(shop: Workshop, windows: list[Window]) -> Sun | None:
    """The sun through the first window, when it shines."""
    if not (windows and shop.chance(shop.style.sunshine)):
        return None
    pose, (width, _, height) = windows[0]
    up, aside = shop.uniform(0.3, 0.8), shop.uniform(-0.8, 0.8)
    toward = np.array([np.sin(aside) * np.cos(up), np.cos(aside) * np.cos(up), np.sin(up)])
    toward = pose.point(*toward) - pose[:3]
    across = pose.point(1, 0, 0) - pose[:3]
    power = np.array([1.0, 0.88, 0.68]) * shop.uniform(1.0, 2.2)
    return Sun(toward, power, pose.point(0, -0.012, height / 2), across, width / 2, height / 2)
