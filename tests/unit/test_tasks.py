"""A task is one entry: its kind takes it from labels to losses, metrics and pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from polytask.data.geometry import apply
from polytask.data.views import View
from polytask.drawing.colours import TASK_COLOURS, UNKNOWN, colourise
from polytask.known_pixels import known_pixels
from polytask.losses.multitask import LossConfig, task_loss
from polytask.metrics.multitask import task_metric
from polytask.predictions import data_files, decode, enlarged
from polytask.tasks import CITYSCAPES_PARTS, TASKS, num_outputs

ROOT = Path(__file__).parents[2]
HW, OUT = (20, 30), (24, 34)
PADDED = View(-2, -2, *OUT, True)
RAW = {
    "classes": np.ones(HW, np.uint8),
    "binary": np.eye(*HW, dtype=np.uint8),
    "unit_vectors": np.full((3, *HW), 0.57, np.float32),
    "positive": np.full(HW, 2.0, np.float32),
    "regression": np.linspace(-1, 1, 600, dtype=np.float32).reshape(HW),
}
INSIDE = np.zeros(OUT, bool)
INSIDE[2:22, 2:32] = True


def sample(task):
    """The label of a padded view as a batch of one."""
    image = Image.fromarray(np.arange(1800, dtype=np.uint16).reshape(*HW, 3).astype(np.uint8))
    labels = {} if TASKS[task].of_image else {task: RAW[TASKS[task].kind]}
    of_image = (task,) if TASKS[task].of_image else ()
    found = apply(PADDED, image, labels, OUT, of_image)
    return {key: torch.from_numpy(values)[None] for key, values in found.items()}


@pytest.mark.parametrize("task", TASKS)
def test_padding_is_unlabelled_and_all_else_is_not(task):
    known = known_pixels(task, sample(task)[task]).reshape(OUT).numpy()
    assert (known == INSIDE).all()


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_trained_measured_and_pictured(task):
    batch = sample(task)
    outputs = torch.randn(1, num_outputs(task, 5), *OUT, generator=torch.manual_seed(0))
    assert task_loss(task, outputs, batch, LossConfig(edge_pos_weight=0.9)).isfinite()
    metric = task_metric(task, 5, 0.011, {})
    metric.update(outputs, batch[task])
    assert np.isfinite(metric.compute())
    for values in (decode(task, outputs), decode(task, batch[task], is_label=True)):
        picture = colourise(task, values[0])
        assert (picture.shape, picture.dtype) == ((*OUT, 3), np.uint8)
    found = enlarged(task, outputs, (40, 50))
    assert found.shape[:2] == (40, 50) and found.dtype != np.float64
    files = data_files({task: found})
    assert len(files) == (0 if TASKS[task].of_image == "colours" else 1)


def test_the_schema_knows_the_tasks():
    schema = yaml.safe_load((ROOT / "workflow/schemas/params.schema.yaml").read_text())
    assert schema["$defs"]["task"]["enum"] == list(TASKS)
    entry = schema["properties"]["datasets"]["additionalProperties"]["properties"]
    assert list(entry["protocols"]["properties"]) == list(TASKS)


def test_tasks_have_colours_of_their_own():
    assert TASK_COLOURS.keys() == TASKS.keys()
    assert len(set(TASK_COLOURS.values())) == len(TASKS)


def test_cityscapes_parts_are_those_of_auto_lambda():
    assert TASKS["part_segmentation"].num_channels == 10
    assert (CITYSCAPES_PARTS[1], CITYSCAPES_PARTS[4], CITYSCAPES_PARTS[8]) == (
        "torso", "legs", "licence plate",
    )  # fmt: skip


def test_an_autoencoder_reproduces_what_the_network_sees():
    """White is 1, black -1, also in colours that the view changed and mirrored."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (*HW, 3), dtype=np.uint8))
    view = View(1.5, 2.5, 10, 15, True, 20, 1.2, 0.8, 10)
    seen = apply(view, image, {}, (20, 30), ("autoencoder",))
    expected = seen["image"] / 127.5 - 1
    np.testing.assert_allclose(seen["autoencoder"], expected, atol=1e-6)
    assert seen["autoencoder"].dtype == np.float32 and "autoencoder" not in apply(
        view, image, {}, (20, 30)
    )


def test_disparity_grows_with_the_zoom_and_keypoints_do_not():
    image = Image.new("RGB", (30, 20))
    twice = View(5, 5, 10, 15)
    labels = {"disparity": RAW["positive"], "keypoints": RAW["positive"], "depth": RAW["positive"]}
    found = apply(twice, image, labels, (20, 30))
    assert {task: values.max() for task, values in found.items() if task in labels} == {
        "disparity": 4.0, "keypoints": 2.0, "depth": 1.0,
    }  # fmt: skip


def test_a_flip_mirrors_values_and_changes_none():
    image = Image.new("RGB", (30, 20))
    plain, flipped = (
        apply(View(0, 0, *HW, flip), image, {"edge_texture": RAW["regression"]}, HW)["edge_texture"]
        for flip in (False, True)
    )
    assert plain.shape == (1, *HW) and (plain[0] == RAW["regression"]).all()
    assert (flipped == plain[..., ::-1]).all()


def test_a_quantity_is_saved_as_it_is():
    values = torch.tensor([-0.5, 2.0]).view(1, 1, 1, 2)
    saved = data_files({"keypoints": enlarged("keypoints", values, (1, 2))})["keypoints.npy"]
    assert saved.dtype == np.float32 and saved.tolist() == [[-0.5, 2.0]]
    positive = data_files({"disparity": enlarged("disparity", values, (1, 2))})["disparity.npy"]
    assert positive.tolist() == [[0.0, 2.0]]


def test_pictures_of_values_and_images():
    """Unknown is grey, low is viridis' violet, high its yellow; an image is itself."""
    shown = colourise("keypoints", np.array([[np.nan, -1.0, 1.0]], np.float16))[0]
    assert tuple(shown[0]) == UNKNOWN and shown[1].tolist() == [68, 1, 84]
    assert shown[2].tolist() == [253, 231, 36]
    image = np.array([[[-1, 0, 1], [np.nan] * 3, [2, -3, 0]]], np.float16)
    assert colourise("autoencoder", image).tolist() == [[[0, 128, 255], [128] * 3, [255, 0, 128]]]
    near, far = colourise("disparity", np.array([[4.0, 1.0]]), span=(0, 4.0))[0].astype(int)
    assert near.sum() > far.sum()
