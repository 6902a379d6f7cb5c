"""The bank of all tiles with their mip levels, and how a surface looks one up."""

from functools import cache
from typing import NamedTuple

import numpy as np

from polytask.data.rooms.patterns import TILE_SIZE, procedural_tiles
from polytask.data.rooms.photos import photo_tiles

LEVELS = 5
SEED = 20240


class TextureBank(NamedTuple):
    """Tiles of all families, each level half as large as the one before."""

    texels: np.ndarray  # (sum of all levels, 3) uint8
    first: np.ndarray  # (LEVELS,) first texel of each level
    tiles: dict[str, list[int]]  # family -> numbers of its tiles


@cache
def texture_bank() -> TextureBank:
    """Build every tile once; the bytes are the same on every call."""
    rng = np.random.default_rng(SEED)
    families = procedural_tiles(rng)
    for family, tiles in photo_tiles(rng).items():
        families.setdefault(family, []).extend(tiles)
    numbers: dict[str, list[int]] = {}
    stack: list[np.ndarray] = []
    for family, tiles in families.items():
        numbers[family] = list(range(len(stack), len(stack) + len(tiles)))
        stack += [tile if tile.ndim == 3 else np.stack([tile] * 3, -1) for tile in tiles]
    return TextureBank(*mip_levels(np.clip(np.stack(stack), 0, 1).astype(np.float32)), numbers)


def mip_levels(tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All levels of (n,128,128,3) tiles as one list of texels, and where each level begins."""
    texels, first = [], [0]
    for _ in range(LEVELS):
        texels.append((tiles * 255 + 0.5).astype(np.uint8).reshape(-1, 3))
        first.append(first[-1] + len(texels[-1]))
        half = tiles.shape[1] // 2
        tiles = tiles.reshape(-1, half, 2, half, 2, 3).mean((2, 4))
    return np.concatenate(texels), np.array(first[:-1], np.int32)


def look_up(tile: np.ndarray, uv: np.ndarray, footprint: np.ndarray) -> np.ndarray:
    """Colours (3,n) in 0..1 of tiles (n,) at uv (2,n), in units of tiles, which wrap.

    `footprint` (n,) is the width of a pixel on the surface, also in tiles: it picks the mip level.
    """
    bank = texture_bank()
    level = np.frexp(footprint * np.float32(TILE_SIZE))[1] - 1
    level = np.clip(level, 0, LEVELS - 1, out=level)
    side = TILE_SIZE >> level
    column, row = np.minimum(((uv - np.floor(uv)) * side).astype(np.int32), side - 1)
    index = bank.first[level] + (tile * side + row) * side + column
    return bank.texels.take(index, axis=0).T * np.float32(1 / 255)
