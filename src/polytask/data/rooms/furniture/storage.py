"""Cabinets, wardrobes and bookshelves."""

import numpy as np

from polytask.data.rooms.workshop import Workshop


def cabinet(shop: Workshop, width: float, depth: float, height: float) -> None:
    """A grid of doors or drawers with handles; a low one carries things."""
    body, front, handle = shop.wood(), shop.wood(), shop.metal()
    leg = 0.1 if shop.chance(0.5) else 0.0
    shop.block(0, 0.01, leg, (width, depth - 0.02, height - leg), body)
    if leg:
        shop.legs(width, depth, leg, body, 0.05)
    columns = max(1, round(width / shop.uniform(0.4, 0.6)))
    rows = max(1, round(height / shop.uniform(0.2, 0.5))) if height < 1.4 else shop.count(1, 2)
    cell = (width - 0.04) / columns, (height - leg - 0.04) / rows
    for column in range(columns):
        for row in range(rows):
            x, z = -width / 2 + 0.02 + cell[0] * column, leg + 0.02 + cell[1] * row
            cabinet_front(shop, (x, -depth / 2, z), cell, front, handle)
    if height < 1.3:
        shop.offer_surface(width * 0.85, depth * 0.7, height)


def cabinet_front(
    shop: Workshop,
    corner: tuple[float, float, float],
    cell: tuple[float, float],
    front: int,
    handle: int,
) -> None:
    """A drawer where the cell is wide, a door where it is high."""
    (x, y, z), (wide, high) = corner, cell
    drawer = high < wide
    shop.block(x + wide / 2, y, z + 0.01, (wide - 0.02, 0.02, high - 0.02), front)
    grip = (0.1, 0.02, 0.015) if drawer else (0.015, 0.02, 0.12)
    shop.block(x + wide * (0.5 if drawer else 0.85), y - 0.02, z + high / 2, grip, handle)


def shelf(shop: Workshop, width: float, depth: float, height: float) -> None:
    """An open bookcase with books of six colours and gaps between them."""
    wood, rows = shop.wood(), max(2, round(height / shop.uniform(0.3, 0.42)))
    books = [
        shop.material(("flat", "stripe", "weave"), (0.15, 0.95), saturation=(0.1, 0.8))
        for _ in range(6)
    ]
    shop.block(0, depth / 2 - 0.01, 0, (width, 0.02, height), shop.wood())
    for side in (-1, 1):
        shop.block(side * (width / 2 - 0.012), 0, 0, (0.024, depth, height), wood)
    gap = (height - 0.055) / rows
    for row, z in enumerate(np.linspace(0.03, height - 0.025, rows + 1)):
        shop.block(0, 0, z, (width - 0.048, depth - 0.004, 0.025), wood)
        if row < rows:
            row_of_books(shop, width, depth, (z + 0.025, gap), books)


def row_of_books(
    shop: Workshop,
    width: float,
    depth: float,
    level: tuple[float, float],
    books: list[int],
) -> None:
    """Books side by side from the left, standing at level[0] under a gap of level[1]."""
    z, gap = level
    x = -width / 2 + 0.04
    while x < width / 2 - 0.1:
        thickness, height = shop.uniform(0.03, 0.08), gap * shop.uniform(0.5, 0.85)
        if shop.chance(0.8):
            size = (thickness * 0.95, depth * 0.7, height)
            shop.block(x + thickness / 2, shop.uniform(-0.03, 0.03), z, size, shop.pick(books))
        x += thickness if shop.chance(0.9) else shop.uniform(0.1, 0.3)
