"""Drawings keep the photograph where nothing was found, and mark the place where something was."""

import numpy as np
import pytest
import torch

from polytask.drawing import (
    draw_boxes,
    draw_caption,
    draw_heat,
    draw_masks,
    draw_panoptic,
    draw_skeletons,
)
from polytask.drawing.canvas import LEAST_SIDE, Canvas
from polytask.drawing.colours import class_colour, object_colour
from polytask.drawing.skeletons import LEFT, RIGHT

SIDE = 240
GREY = np.full((SIDE, SIDE, 3), 120, np.uint8)
NAMES = ("chair", "a lamp")


def found(score=0.9):
    masks = torch.zeros(1, SIDE, SIDE, dtype=torch.bool)
    masks[0, 100:180, 60:140] = True
    return {
        "boxes": torch.tensor([[60.0, 100.0, 140.0, 180.0]]),
        "scores": torch.tensor([score]),
        "classes": torch.tensor([1]),
        "masks": masks,
    }


def panoptic(row):
    ids = np.repeat(np.array(row, np.int32), SIDE // len(row))[None].repeat(SIDE, 0)
    return {"ids": ids, "segments": [{"id": at, "class": 1} for at in set(row) - {0}]}


def pose():
    joints = np.zeros((17, 3))
    joints[5], joints[7] = (60, 60, 0.9), (60, 180, 0.9)
    joints[6], joints[8] = (180, 60, 0.9), (180, 180, 0.9)
    return joints


def test_a_small_image_is_enlarged_a_whole_number_of_times():
    small = np.full((48, 96, 3), 120, np.uint8)
    heat = {"score": 0.5, "map": np.zeros((48, 96), np.float32)}
    assert draw_heat(small, heat).shape == (48 * 5, 96 * 5, 3)
    assert LEAST_SIDE > 48 * 4
    assert Canvas(GREY).scale == 1


@pytest.mark.parametrize("draw", [draw_boxes, draw_masks])
def test_what_is_unlikely_is_not_drawn(draw):
    assert (draw(GREY, found(0.2), NAMES) == GREY).all()
    assert (draw(GREY, found(0.4), NAMES) != GREY).any()


def test_a_box_is_a_frame_in_the_colour_of_its_class():
    drawn = draw_boxes(GREY, found(), NAMES)
    assert (drawn[179, 60:140] == object_colour(1)).all()
    assert (drawn[140, 100] == 120).all()
    assert (drawn[200] == 120).all()


def test_a_mask_is_tinted_inside_only():
    drawn = draw_masks(GREY, found(), NAMES)
    assert (drawn[140, 100] == np.round(0.55 * 120 + 0.45 * np.array(object_colour(0)))).all()
    assert (drawn[140, 150] == 120).all()


def test_segments_have_the_colour_of_their_class_and_shades_of_it():
    drawn = draw_panoptic(GREY, panoptic([0, 1, 2]), NAMES).astype(int)
    void, first, second = drawn[5, 10], drawn[5, 120], drawn[5, 200]
    assert (void == 120).all()
    tint = (first - (1 - 0.65) * 120) / 0.65
    assert tint == pytest.approx(np.array(class_colour(1)), abs=1.5)
    assert (second < first).all()


def test_the_left_arm_has_another_colour_than_the_right():
    drawn = draw_skeletons(GREY, [pose()])
    assert (drawn[100, 60] == LEFT).all()
    assert (drawn[100, 180] == RIGHT).all()


def test_joints_with_a_low_score_are_left_out():
    unsure = pose()
    unsure[:, 2] = 0.05
    assert (draw_skeletons(GREY, [unsure]) == GREY).all()


def test_a_caption_stands_at_the_foot():
    drawn = draw_caption(GREY, torch.tensor([0.3, 0.7]), NAMES)
    assert (drawn[: SIDE // 2] == 120).all()
    assert (drawn[-20:] != 120).any()


def test_heat_is_where_the_map_is_high():
    heat = np.zeros((SIDE, SIDE), np.float32)
    heat[150:200, 150:200] = 3
    drawn = draw_heat(GREY, {"score": 3.0, "map": heat})
    assert (drawn[175, 175] != 120).all()
    assert (drawn[175, 60] == 120).all()


def test_words_do_not_hide_each_other():
    canvas = Canvas(GREY)
    for _ in range(4):
        canvas.label("the same place", 50, 100, (0, 0, 0))
    tops = sorted(place[1] for place in canvas.taken)
    assert len(tops) == 3
    assert np.diff(tops).min() >= canvas.taken[0][3] - canvas.taken[0][1]
