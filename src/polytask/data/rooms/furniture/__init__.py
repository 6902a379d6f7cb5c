"""The catalogue: every kind of thing, its class, and the function that draws it.

A piece is a function of a workshop and its size (width, depth, height in metres). It draws in its
own frame: origin at the middle of its foot, front towards -y; on walls, y = 0 is the wall.
"""

from collections.abc import Callable
from typing import NamedTuple

from polytask.data.rooms.furniture.beds import bed
from polytask.data.rooms.furniture.clutter import clutter
from polytask.data.rooms.furniture.lamps import hanging_lamp, standing_lamp
from polytask.data.rooms.furniture.openings import door, window
from polytask.data.rooms.furniture.plants import plant
from polytask.data.rooms.furniture.screens import screen, wall_screen
from polytask.data.rooms.furniture.seating import chair, sofa
from polytask.data.rooms.furniture.storage import cabinet, shelf
from polytask.data.rooms.furniture.tables import table
from polytask.data.rooms.furniture.textiles import picture, rug
from polytask.data.rooms.workshop import Pose, Workshop

Size = tuple[float, float, float]


class Piece(NamedTuple):
    """A kind of thing; `focus` is the share of its height that a camera looks at."""

    class_name: str
    draw: Callable[[Workshop, float, float, float], None]
    focus: float | None = 0.5


CATALOGUE = {
    "chair": Piece("chair", chair),
    "sofa": Piece("sofa", sofa),
    "table": Piece("table", table),
    "bed": Piece("bed", bed),
    "cabinet": Piece("cabinet", cabinet),
    "shelf": Piece("shelf", shelf),
    "lamp": Piece("lamp", standing_lamp, 0.8),
    "hanging lamp": Piece("lamp", hanging_lamp, -1.0),
    "plant": Piece("plant", plant),
    "clutter": Piece("clutter", clutter),
    "screen": Piece("screen", screen),
    "wall screen": Piece("screen", wall_screen),
    "window": Piece("window", window),
    "door": Piece("door", door),
    "picture": Piece("picture", picture),
    "rug": Piece("rug", rug, None),
}


def put(shop: Workshop, kind: str, size: Size, pose: Pose) -> None:
    """Draw one thing of the catalogue as a new instance."""
    piece = CATALOGUE[kind]
    shop.begin(piece.class_name, pose, None if piece.focus is None else piece.focus * size[2])
    piece.draw(shop, *size)
