"""A batch that is cut to fit into memory trains what the whole batch trains."""

from functools import partial
from unittest.mock import patch

import numpy as np
import pytest
import torch
from sharing import FIT, interrupted, train
from torch import nn

from polytask.across_processes import MicroBatch, Processes, computing, normal_like
from polytask.losses import counts, multitask
from polytask.losses.dense import positive_l1
from polytask.models import routers
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.loop import fit
from polytask.training.micro_batches import SameDraws, micro_batches, number_of_micro_batches
from polytask.training.runtime import Runtime

linear = partial(train, head="linear")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def whole():
    return linear()


def values(found):
    """The numbers of a curve but for its speed."""
    return [
        value
        for step, row in found["rows"]
        for value in (step, *(row[key] for key in sorted(row) if key != "steps_per_second"))
    ]


def distance(found, expected):
    """The largest difference of the last gradients, in parts of the largest gradient."""
    largest = max(np.abs(value).max() for value in expected["gradients"].values())
    pairs = [(found["gradients"][key], value) for key, value in expected["gradients"].items()]
    return max(np.abs(one - other).max() for one, other in pairs) / largest


@pytest.mark.parametrize("images_at_once", [1, 2])
def test_curve_and_gradients_are_those_of_the_whole_batch(whole, images_at_once):
    found = linear(images_at_once=images_at_once)
    assert values(found) == pytest.approx(values(whole), rel=1e-6)
    assert distance(found, whole) < 1e-5


WITHOUT = {
    "counts of the batch": (multitask, "counts_of", lambda batch, task: None),
    "noise of its own": (routers, "normal_like", torch.randn_like),
    "draws of the batch": (SameDraws, "_restore", lambda draws: None),
}


@pytest.mark.parametrize("missing", WITHOUT)
def test_they_would_not_be_without(whole, missing):
    unnoticed = patch.object(counts, "micro_batch", lambda: MicroBatch(0, 1))
    with unnoticed, patch.object(*WITHOUT[missing]):
        assert distance(linear(images_at_once=2), whole) > 1e-3


def test_interrupted_between_two_micro_batches_it_ends_the_same(tmp_path):
    options = {"head": "linear", "images_at_once": 2}
    expected = train(tmp_path / "whole", **options)
    fifth_step = 2 * 4 + 1
    assert interrupted(tmp_path / "cut", fifth_step, **options) == "interrupted"
    assert [path.name[:8] for path in (tmp_path / "cut").iterdir()] == ["00000003"]
    found = train(tmp_path / "cut", **options)
    assert values(found) == values(expected)
    assert all(np.array_equal(found["weights"][k], v) for k, v in expected["weights"].items())


@pytest.mark.parametrize(
    ("batch_size", "world_size", "images_at_once", "expected"),
    [(128, 8, 16, 1), (128, 1, 16, 8), (128, 2, 48, 2), (128, 1, 48, 4), (7, 1, 4, 7),
     (4, 1, 0, 1), (4, 8, 2, 1)],
)  # fmt: skip
def test_parts_are_equal_and_as_few_as_will_do(batch_size, world_size, images_at_once, expected):
    config = FitConfig(**FIT | {"batch_size": batch_size, "images_at_once": images_at_once})
    runtime = Runtime(CPU, None, Processes(0, world_size))
    assert number_of_micro_batches(config, runtime) == expected


def test_each_part_has_its_images_and_the_counts_of_all_labels():
    depth = torch.zeros(4, 1, 2, 2)
    depth[3, 0, 0] = 7.0
    batch = {
        "image": torch.arange(4), "depth": depth, "name": ["a", "b", "c", "d"], "step": 3,
        "levels": [torch.arange(4), torch.arange(4)], "of": {"x": torch.arange(8).view(4, 2)},
    }  # fmt: skip
    (_, first), (part, second) = micro_batches(batch, 2)
    assert part == MicroBatch(1, 2)
    assert first["name"] == ["a", "b"] and second["name"] == ["c", "d"]
    assert second["image"].tolist() == second["levels"][1].tolist() == [2, 3]
    assert second["of"]["x"].tolist() == [[4, 5], [6, 7]] and second["step"] == 3
    assert first["counts"]["depth"].labelled == second["counts"]["depth"].labelled == 1
    # two pixels are labelled, both off by 7: the mean of the parts' losses is the batch's
    losses = [
        positive_l1(torch.zeros(2, 1, 2, 2), each["depth"], each["counts"]["depth"])
        for each in (first, second)
    ]
    assert losses == [0, 14]


@pytest.mark.parametrize("images", [0, 2, 4])
def test_no_image_is_left_out(images):
    with pytest.raises(ValueError, match=f"{images} images cannot be cut into 3 equal"):
        list(micro_batches({"image": torch.zeros(images, 3, 2, 2)}, 3))


def test_a_loss_that_forgets_the_counts_says_so():
    with computing(MicroBatch(0, 2)), pytest.raises(RuntimeError, match="depth: a micro-batch"):
        positive_l1(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2))


def test_rows_of_noise_are_those_of_the_batch():
    torch.manual_seed(0)
    expected = torch.randn(6, 2)
    torch.manual_seed(0)
    draws, rows = SameDraws(CPU), []
    for index in range(3):
        part = MicroBatch(index, 3)
        with draws.of(part):
            rows.append(normal_like(torch.zeros(2, 2)))
    assert torch.equal(torch.cat(rows), expected)
    following = torch.rand(1)
    torch.manual_seed(0)
    torch.randn(6, 2)
    assert torch.equal(torch.rand(1), following)


def test_batch_norm_sees_micro_batches_and_that_is_said(tmp_path, caplog):
    """The loss is the mean of what each part's own statistics give; they move once per part."""
    images = torch.randn(4, 2, 3, 3, generator=torch.Generator().manual_seed(0))
    norm, seen = nn.BatchNorm2d(2), []
    config = FitConfig(
        **FIT | {"steps": 1, "log_every": 1, "checkpoint_every": 1, "images_at_once": 2}
    )

    def objective(model, batch):
        return {"loss": (model(batch["image"]) ** 4).mean()}

    def fresh(part):
        return objective(nn.BatchNorm2d(2), {"image": part})["loss"].item()

    expected = np.mean([fresh(half) for half in images.chunk(2)])
    fit(
        norm, lambda first: iter([{"image": images}]), objective, config, Runtime(CPU, None),
        on_log=lambda step, row: seen.append(row["loss"]), checkpoint=Checkpoints(None, ""),
        name="stage 1",
    )  # fmt: skip
    assert seen == [pytest.approx(expected, rel=1e-6)]
    assert abs(expected - fresh(images)) > 1e-3
    assert norm.num_batches_tracked == 2
    assert "stage 1: 1 batch normalisations see a micro-batch each" in caplog.text
