"""Colours keep apart what differs."""

import numpy as np
import pytest

from polytask.reporting.colours import CLASSES, colourise
from polytask.reporting.sheets import task_sheet


def test_every_class_has_a_colour_of_its_own():
    assert len({tuple(colour) for colour in CLASSES[:40]}) == 40


def test_near_is_brighter_than_far():
    shown = colourise("depth", np.array([[0.5, 4.0]], np.float16), far=4.0).sum(-1)
    assert shown[0, 0] > shown[0, 1]


def test_an_edge_is_dark_on_white():
    assert colourise("edge", np.array([[0.0, 1.0]]))[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize("task", ["semseg", "human_parts", "sal", "edge", "depth", "normals"])
def test_a_sheet_has_a_row_per_sample(task):
    channels = (3,) if task == "normals" else ()
    values = np.zeros((2, 8, 8, *channels), np.uint8 if task in ("semseg", "sal") else np.float16)
    values = values.astype(np.uint8) if task == "human_parts" else values
    samples = {f"{task}_target": values, f"{task}_prediction": values}
    sheet = task_sheet({"image": np.zeros((2, 8, 8, 3), np.uint8), **samples}, [task], 2, side=16)
    assert sheet.height > 2 * 16
