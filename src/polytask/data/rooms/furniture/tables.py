"""Tables, desks and coffee tables."""

from polytask.data.rooms.workshop import Workshop


def table(shop: Workshop, width: float, depth: float, height: float) -> None:
    """Round on a column, or square on legs with an apron and perhaps drawers."""
    frame, top, thickness = shop.wood(), shop.wood(gloss=0.3), shop.uniform(0.025, 0.07)
    is_round = abs(width - depth) < 0.25 and shop.chance(0.6)
    board = "cylinder" if is_round else "box"
    shop.block(0, 0, height - thickness, (width, depth, thickness), top, board)
    if is_round or shop.chance(0.15):
        shop.block(0, 0, 0.03, (0.1, 0.1, height - thickness - 0.03), frame, "cylinder")
        shop.block(0, 0, 0, (width * 0.55, depth * 0.55, 0.04), frame, "cylinder")
    else:
        below = height - thickness
        shop.legs(width, depth, below, frame, shop.uniform(0.05, 0.09))
        shop.block(0, 0, below - 0.08, (width * 0.85, depth * 0.85, 0.08), frame)
        if height > 0.6 and shop.chance(0.3):
            shop.block(width * 0.3, 0, below - 0.5, (width * 0.3, depth * 0.8, 0.45), frame)
    shop.offer_surface(width * 0.8, depth * 0.75, height)
