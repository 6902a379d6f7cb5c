"""Predictions painted over their image, uint8 (H,W,3); small images come out enlarged.

Every function takes the pixels, what a decoder predicts, and the names of its classes.
"""

from polytask.drawing.boxes import draw_boxes
from polytask.drawing.captions import draw_caption
from polytask.drawing.heat import draw_heat
from polytask.drawing.masks import draw_masks
from polytask.drawing.panoptic import draw_panoptic
from polytask.drawing.skeletons import draw_skeletons

__all__ = [
    "draw_boxes",
    "draw_caption",
    "draw_heat",
    "draw_masks",
    "draw_panoptic",
    "draw_skeletons",
]
