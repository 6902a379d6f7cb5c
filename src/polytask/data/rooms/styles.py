"""Visual domains: which surfaces, colours, light and cameras a set of rooms has."""

from dataclasses import dataclass

Range = tuple[float, float]
Colour = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Style:
    """One visual domain; ranges are uniform, angles are radians unless the name says otherwise."""

    walls: tuple[str, ...]  # families of tiles, the likelier ones repeated
    floors: tuple[str, ...]
    cloth: tuple[str, ...]
    wood: tuple[str, ...]
    views: tuple[str, ...]  # what windows show
    saturation: Range
    camera_height: Range  # metres
    pitch: Range  # positive looks up
    field_of_view_degrees: Range
    bulb: Colour
    daylight: Colour
    ambient: float
    sky: Range  # glow of the windows
    sunshine: float  # chance that the sun falls in
    exposure: Range  # brightness of the median pixel, linear
    noise: float  # standard deviation of the sensor's noise, image range 0..1


STYLES = {
    "day": Style(
        walls=("flat", "plaster", "plaster", "stripe", "brick", "tile"),
        floors=("boards", "boards", "tile", "carpet", "marble"),
        cloth=("weave", "carpet", "stripe", "flat", "check"),
        wood=("wood", "wood", "flat"),
        views=("landscape",),
        saturation=(0.0, 0.55),
        camera_height=(1.1, 1.8),
        pitch=(-0.35, 0.0),
        field_of_view_degrees=(58, 78),
        bulb=(1.0, 0.93, 0.82),
        daylight=(0.85, 0.93, 1.0),
        ambient=0.4,
        sky=(0.9, 1.6),
        sunshine=0.6,
        exposure=(0.22, 0.40),
        noise=0.008,
    ),
    "evening": Style(
        walls=("zigzag", "dots", "check", "stripe", "brick", "plaster"),
        floors=("check", "zigzag", "gravel", "stripe", "marble"),
        cloth=("photo", "dots", "zigzag", "marble"),
        wood=("marble", "flat", "stripe"),
        views=("night",),
        saturation=(0.35, 0.95),
        camera_height=(0.35, 1.0),
        pitch=(-0.1, 0.22),
        field_of_view_degrees=(75, 95),
        bulb=(1.0, 0.55, 0.25),
        daylight=(0.35, 0.45, 1.0),
        ambient=0.15,
        sky=(0.3, 0.6),
        sunshine=0.0,
        exposure=(0.14, 0.30),
        noise=0.025,
    ),
}
"""`day` and `evening` differ in everything a camera sees and in nothing a label says."""
