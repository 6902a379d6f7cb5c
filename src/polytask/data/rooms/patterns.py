"""Procedural tiles: surfaces, paintings, and what a window shows. All repeat without a seam."""

from collections.abc import Callable

import numpy as np

TILE_SIZE = 128
Tiles = dict[str, list[np.ndarray]]
"""Family -> tiles (128,128) or (128,128,3) in 0..1; the first row is the bottom."""


def noise(
    rng: np.random.Generator, power: float = 1.5, across: float = 1.0, along: float = 1.0
) -> np.ndarray:
    """Noise with a 1/f^power spectrum, in 0..1; across and along stretch it."""
    frequency = np.fft.fftfreq(TILE_SIZE)
    radius = np.hypot(frequency[:, None] * along, frequency[None] * across)
    radius[0, 0] = np.inf
    white = rng.standard_normal((TILE_SIZE, TILE_SIZE))
    field = np.fft.ifft2(np.fft.fft2(white) / radius**power).real
    return np.clip((field - field.mean()) / (5 * field.std()) + 0.5, 0, 1)


def coordinates() -> tuple[np.ndarray, np.ndarray]:
    """x and y of a tile, 0..1."""
    y, x = np.mgrid[0:TILE_SIZE, 0:TILE_SIZE] / TILE_SIZE
    return x, y


def boards(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Floor boards: `rows` planks of two lengths each."""
    x, y = coordinates()
    row = np.floor(x * rows).astype(int)
    y = y + rng.random(rows)[row]
    seam = (((x * rows) % 1) < 0.05) | ((y % 1) < 0.012)
    tone = 0.45 * rng.random((rows, 2))[row, (y % 1 > 0.5).astype(int)]
    return np.where(seam, 0.05, tone + 0.5 * noise(rng, 1.1, 1, 10))


def tiling(rng: np.random.Generator, count: int) -> np.ndarray:
    """Ceramic tiles with grout."""
    x, y = coordinates()
    cell = rng.random((count, count))[(y * count).astype(int), (x * count).astype(int)]
    grout = np.minimum((x * count) % 1, (y * count) % 1) < 0.02 * count
    return np.where(grout, 0.0, 0.7 + 0.15 * cell + 0.15 * noise(rng))


def dots(count: int, radius: float) -> np.ndarray:
    """A grid of discs."""
    x, y = coordinates()
    return (np.hypot((x * count) % 1 - 0.5, (y * count) % 1 - 0.5) < radius).astype(float)


def stripes(count: int, threshold: float) -> np.ndarray:
    """Upright stripes."""
    return (np.sin(2 * np.pi * count * coordinates()[0]) > threshold).astype(float)


def checks(count: int) -> np.ndarray:
    """A chessboard."""
    x, y = coordinates()
    return (np.floor(x * count) + np.floor(y * count)) % 2


def weave(rng: np.random.Generator) -> np.ndarray:
    """Coarse cloth."""
    x, y = coordinates()
    threads = 0.25 * np.sin(64 * np.pi * x) * np.sin(64 * np.pi * y)
    return 0.5 + threads + 0.3 * (noise(rng, 0.3) - 0.5)


def marble(rng: np.random.Generator, veins: int) -> np.ndarray:
    """Veins along x."""
    return np.abs(np.sin(4 * np.pi * (noise(rng, 1.7) + veins * coordinates()[0]))) ** 0.5


def zigzag() -> np.ndarray:
    """Chevrons."""
    x, y = coordinates()
    return ((x * 4 + np.abs((y * 4) % 1 - 0.5)) % 1 > 0.5).astype(float)


def painting(rng: np.random.Generator) -> np.ndarray:
    """An abstract in three colours."""
    field = noise(rng, rng.uniform(1.4, 2.2), *rng.uniform(0.5, 2.0, 2))[..., None]
    low, middle, high = rng.uniform(0, 1, (3, 3))
    blend = np.where(field < 0.5, low + (middle - low) * 2 * field, high)
    return np.clip(blend + 0.15 * (noise(rng, 0.8)[..., None] - 0.5), 0, 1)


def landscape(rng: np.random.Generator) -> np.ndarray:
    """Sky with clouds over hills; the horizon is at half height."""
    y = coordinates()[1]
    clouds = 0.5 * (noise(rng, 1.8, 1, 2.5) - 0.5)[..., None]
    sky = np.stack([0.85 - 0.45 * y, 0.92 - 0.2 * y, 0.97 + 0 * y], -1) + clouds
    image = sky
    for depth, (haze, rise) in enumerate(((0.5, 0.3), (0.2, 0.2), (0.0, 0.06))):
        ridge = 0.47 + rise * (noise(rng, 1.6 - 0.2 * depth)[:1] - 0.4)
        green = rng.uniform((0.2, 0.3, 0.12), (0.42, 0.5, 0.28))
        hill = (haze * np.array([0.75, 0.85, 0.95]) + (1 - haze) * green) * (
            0.65 + 0.7 * noise(rng, 1.0)[..., None] * (1 - haze)
        )
        image = np.where((y < ridge)[..., None], hill, image)
    return image


def night(rng: np.random.Generator) -> np.ndarray:
    """Dark houses with lit windows under the last of the light."""
    x, y = coordinates()
    sky = np.stack([0.35 - 0.3 * y, 0.25 - 0.15 * y, 0.45 - 0.1 * y], -1)
    house = (x * 11).astype(int)
    roof = rng.uniform(0.48, 0.75, 11)[house]
    lit = rng.random((40, 44))[(y * 40).astype(int), (x * 44).astype(int)] < 0.3
    pane = lit & ((y * 40) % 1 > 0.4) & ((x * 44) % 1 > 0.35)
    wall = rng.uniform(0.03, 0.14, (11, 1))[house] * np.array([0.8, 0.85, 1.2])
    return np.where((y < roof)[..., None], np.where(pane[..., None], [1.0, 0.8, 0.4], wall), sky)


def several(draw: Callable[..., np.ndarray], rng: np.random.Generator, *values: int) -> list:
    """draw(rng, value) for each value."""
    return [draw(rng, value) for value in values]


def procedural_tiles(rng: np.random.Generator) -> Tiles:
    """Every family of tiles that is not a photo."""
    return {
        "flat": [np.full((TILE_SIZE, TILE_SIZE), 0.5)],
        "plaster": [0.4 + 0.25 * noise(rng, power) for power in (0.9, 1.3, 1.7)],
        "wood": [noise(rng, 1.1, 1, stretch) for stretch in (6, 10, 16)],
        "boards": several(boards, rng, 4, 6),
        "tile": several(tiling, rng, 2, 4),
        "check": [checks(2), checks(4)],
        "stripe": [stripes(4, 0.0), stripes(8, 0.3), stripes(3, 0.7)],
        "dots": [dots(4, 0.3), dots(8, 0.2)],
        "weave": [weave(rng)],
        "carpet": [noise(rng, 0.1), 0.5 * noise(rng, 0.2) + 0.5 * noise(rng, 1.8)],
        "marble": several(marble, rng, 0, 1),
        "zigzag": [zigzag()],
        "photo": [painting(rng) for _ in range(8)],
        "landscape": [landscape(rng) for _ in range(5)],
        "night": [night(rng) for _ in range(4)],
    }
