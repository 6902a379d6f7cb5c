"""Crops of the photos that scikit-image ships inside its wheel; nothing is downloaded."""

import numpy as np
from PIL import Image
from skimage import data

from polytask.data.rooms.patterns import TILE_SIZE, Tiles

SURFACES = ("brick", "grass", "gravel")
PICTURES = (
    "astronaut",
    "cat",
    "coffee",
    "rocket",
    "camera",
    "coins",
    "retina",
    "hubble_deep_field",
    "immunohistochemistry",
)
CROPS = 4
"""The whole square and three random parts of each photo."""

LICENCE = """\
ROOMS: rendered scenes with labels

Every image and label was computed by polytask (module polytask.data.rooms) from a seed, its number.
You may use, change and pass on the images and labels without conditions (CC0 1.0).

The renderer covers surfaces with patterns that it computes, and with parts of photos that
scikit-image ships inside its package. Their terms, as stated in scikit-image's documentation:

  astronaut             Eileen Collins, NASA Great Images database: public domain
  brick                 CC0Textures.com, Bricks25: CC0
  camera                Lav Varshney: CC0
  cat (chelsea)         Stefan van der Walt: CC0
  coffee                Rachel Michetti: CC0
  coins                 Brooklyn Museum Collection: no known copyright restrictions
  grass                 linolafett, DeviantArt, Grass-01: CC0
  gravel                CC0Textures.com, Gravel04: CC0
  hubble_deep_field     NASA, HubbleSite: public domain
  immunohistochemistry  Center for Microscopy and Molecular Imaging: no known copyright restrictions
  retina                Mikael Haggstrom, Wikimedia Commons: CC0
  rocket                SpaceX, DSCOVR launch: public domain
"""


def square_crop(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A random square of `share` of the shorter side, as a tile (128,128[,3]) in 0..1."""
    height, width = image.shape[:2]
    side = int(min(height, width) * share)
    top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    crop = image[top : top + side, left : left + side]
    small = Image.fromarray(crop).resize((TILE_SIZE, TILE_SIZE), Image.Resampling.BOX)
    return np.asarray(small)[::-1] / 255


def photo_tiles(rng: np.random.Generator) -> Tiles:
    """Family -> tiles of photos: `photo` for the pictures, one family for each surface."""
    tiles: Tiles = {}
    for name in PICTURES + SURFACES:
        image = np.asarray(getattr(data, name)())
        shares = [1.0, *rng.uniform(0.45, 0.9, CROPS - 1)]
        family = name if name in SURFACES else "photo"
        tiles.setdefault(family, []).extend(square_crop(image, share, rng) for share in shares)
    return tiles
