"""The dense tasks of Argus: their number by the chosen protocol, their pictures."""

from importlib import import_module

import numpy as np
import pytest
import torch

from polytask.argus.decoder import LabelSpace
from polytask.argus.dense_task import DenseMetric
from polytask.errors import UserError
from polytask.tasks import num_outputs

SPACE = LabelSpace(classes=("floor", "wall"))
NAMES = ("semseg", "human_parts", "edge", "normals", "sal", "depth")
TASKS = {name: import_module(f"polytask.argus.tasks.{name}").TASK for name in NAMES}


def test_decoders_and_numbers_are_the_papers():
    assert {name: next(iter(task.decoders)) for name, task in TASKS.items()} == {
        "semseg": "upernet", "human_parts": "upernet", "edge": "upernet", "normals": "upernet",
        "sal": "dpt", "depth": "dpt",
    }  # fmt: skip
    assert {name: (task.metric_name, task.unit) for name, task in TASKS.items()} == {
        "semseg": ("mean_iou", "%"), "human_parts": ("mean_iou", "%"),
        "edge": ("ods_f_measure", "%"), "normals": ("mean_angular_error", "°"),
        "sal": ("max_f_measure", "%"), "depth": ("rmse", "m"),
    }  # fmt: skip
    assert [task.higher_is_better for task in TASKS.values()] == [True, True, True, False, True, 0]


def test_images_are_counted_one_by_one():
    metric = TASKS["depth"].metric(SPACE)
    for error in (3.0, 4.0):  # RMSE over both: sqrt((9 + 16) / 2)
        metric.update(torch.full((1, 2, 2), 1 + error), {"depth": torch.ones(1, 2, 2)})
    assert metric.compute() == {"rmse": pytest.approx(12.5**0.5)}


def test_another_protocol_of_the_same_number_counts_by_its_own_rule():
    logits = torch.zeros(2, 1, 2)
    logits[0] = 9  # all floor, and no wall in the label
    scores = []
    for name in ("all_classes", "present_classes"):
        space = LabelSpace(classes=SPACE.classes, protocols={"semseg": name})
        metric = DenseMetric("semseg", space)
        metric.update(logits, {"semseg": torch.zeros(1, 2, dtype=torch.int64)})
        scores.append(metric.compute()["mean_iou"])
    assert scores == [50, 100]


def test_a_protocol_of_another_number_is_refused():
    with pytest.raises(UserError, match="'rmse_per_image' does not measure rmse; choose one of"):
        DenseMetric("depth", LabelSpace(protocols={"depth": "rmse_per_image"}))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_the_size_of_the_image(name):
    pixels = np.full((6, 8, 3), 200, np.uint8)
    outputs = torch.randn(num_outputs(name, 2), 6, 8)
    shown = TASKS[name].draw(pixels, outputs, SPACE)
    assert shown.shape == (6, 8, 3) and shown.dtype == np.uint8
