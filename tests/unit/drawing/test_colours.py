"""Colours keep apart what differs."""

import numpy as np
import pytest

from polytask.drawing.colours import CLASSES, UNKNOWN, colourise, legends


def test_every_class_has_a_colour_of_its_own():
    assert len({tuple(colour) for colour in CLASSES[:40]}) == 40


def test_classes_without_names_have_no_legend():
    assert list(legends(["semseg", "part_segmentation"], [])) == ["Part segmentation"]
    assert legends(["semseg"], ["road"])["Semantic segmentation"][0][0] == "road"


def test_near_is_brighter_than_far():
    shown = colourise("depth", np.array([[0.5, 4.0]], np.float16), span=(0, 4.0)).sum(-1)
    assert shown[0, 0] > shown[0, 1]


def test_an_edge_is_dark_on_white():
    assert colourise("edge", np.array([[0.0, 1.0]]))[0, :, 0].tolist() == [255, 0]


def test_depth_that_was_not_measured_is_grey():
    assert tuple(colourise("depth", np.array([[0.0, 2.0]]))[0, 0]) == UNKNOWN


def test_a_wall_that_faces_the_camera_is_blue_and_a_floor_green():
    shown = colourise("normals", np.array([[[0, 0, -1], [0, -1, 0]]], np.float16))
    assert shown.argmax(-1).tolist() == [[2, 1]]


@pytest.mark.parametrize("task", ["semseg", "human_parts", "sal", "edge", "depth", "normals"])
def test_every_task_becomes_rgb_of_its_size(task):
    channels = (3,) if task == "normals" else ()
    kind = np.uint8 if task in ("semseg", "human_parts", "sal") else np.float16
    shown = colourise(task, np.ones((4, 6, *channels), kind))
    assert (shown.shape, shown.dtype) == ((4, 6, 3), np.uint8)
