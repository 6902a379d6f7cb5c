"""A panel of many pictures goes on in further lines."""

import numpy as np

from polytask.reporting.panels import ACROSS, GAP, photo_panel


def test_what_does_not_fit_in_a_line_stands_in_the_next():
    photo = np.zeros((224, 112, 3), np.uint8)
    one = photo_panel(photo, {str(n): photo + 9 for n in range(ACROSS - 1)}, {})
    two = photo_panel(photo, {str(n): photo + 9 for n in range(ACROSS)}, {})
    assert one.size == (ACROSS * (112 + GAP) + GAP, two.height // 2)
    assert two.width == one.width
    assert two.getpixel((GAP + 5, one.height + 100)) == (9, 9, 9)
    assert two.getpixel((112 + 2 * GAP + 5, one.height + 100)) == (255, 255, 255)
