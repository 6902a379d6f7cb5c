"""The ridge probe finds what features hold linearly, in any number of batches."""

import pytest
import torch
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.teachers.probe import (
    CELLS,
    RidgeProbe,
    cell_means,
    class_scale,
    dense_target,
    ridge_weights,
)

CHANNELS = {"semseg": 4, "human_parts": 7, "sal": 2, "edge": 1, "normals": 3, "depth": 1}


def labels(images=6, size=32):
    torch.manual_seed(0)
    coarse = {"semseg": 4, "human_parts": 7, "sal": 2}
    batch = {
        task: F.interpolate(torch.randint(0, count, (images, 1, 8, 8)).float(), size)[:, 0].long()
        for task, count in coarse.items()
    }
    batch["edge"] = (torch.rand(images, 1, size, size) < 0.2).float()
    batch["normals"] = F.normalize(F.interpolate(torch.randn(images, 3, 8, 8), size), dim=1)
    batch["depth"] = F.interpolate(torch.rand(images, 1, 8, 8) * 4 + 1, size)
    return batch


def features_that_know(task, batch):
    """Two levels that together hold the task's label, cell by cell, in a random mixture."""
    values, _ = dense_target(task, batch[task], CHANNELS[task])
    held = F.pixel_unshuffle(values, 8)
    mixture = torch.randn(held.shape[1] // 2, held.shape[1]) if task != "edge" else torch.eye(64)
    mixed = torch.einsum("ij,bjhw->bihw", mixture, held) + 3
    return [mixed, held[:, : held.shape[1] // 2] * 100]


@pytest.mark.parametrize("task", CHANNELS)
def test_what_features_hold_linearly_is_read_out(task):
    batch = labels(images=60)
    features = features_that_know(task, batch)
    probe = RidgeProbe({task: CHANNELS[task]}, ridge=1e-6)
    probe.update(features, batch)
    side = 4 * CELLS[task]
    predicted = probe.solve().predict(features, (side, side))[task]
    truth = batch[task][..., :: 32 // side, :: 32 // side]
    assert predicted.shape == (60, CHANNELS[task], side, side)
    if task in ("semseg", "human_parts", "sal"):
        assert (predicted.argmax(1) == truth).float().mean() > 0.98
    elif task == "edge":
        assert ((predicted > 0) == (truth > 0)).float().mean() > 0.98
    else:
        assert (predicted - truth).abs().mean() < 0.1


def test_batches_add_up():
    batch = labels()
    features = [torch.randn(6, 5, 4, 4)]
    once, twice = RidgeProbe(CHANNELS), RidgeProbe(CHANNELS)
    once.update(features, batch)
    for part in (slice(0, 2), slice(2, 6)):
        twice.update([features[0][part]], {task: values[part] for task, values in batch.items()})
    a, b = (probe.solve().predict(features, (32, 32)) for probe in (once, twice))
    assert all(torch.allclose(a[task], b[task], atol=1e-4) for task in CHANNELS)


def test_tokens_without_labels_do_not_count():
    batch = labels()
    features = [torch.randn(6, 5, 4, 4)]
    spoilt = {task: values.clone() for task, values in batch.items()}
    for task, nothing in {"semseg": 255, "sal": 255, "human_parts": 255, "edge": 255}.items():
        spoilt[task][4:] = nothing
    spoilt["normals"][4:], spoilt["depth"][4:] = 0, 0
    clean, dirty = RidgeProbe(CHANNELS), RidgeProbe(CHANNELS)
    clean.update([features[0][:4]], {task: values[:4] for task, values in batch.items()})
    dirty.update(features, spoilt)
    a, b = (probe.solve().predict(features, (32, 32)) for probe in (clean, dirty))
    assert all(torch.allclose(a[task], b[task], atol=1e-4) for task in CHANNELS)


def test_a_task_without_any_label_is_named():
    batch = labels()
    batch["depth"] = torch.zeros_like(batch["depth"])
    probe = RidgeProbe({"depth": 1})
    probe.update([torch.randn(6, 5, 4, 4)], batch)
    with pytest.raises(UserError, match="depth"):
        probe.solve()


def test_scaling_a_feature_changes_nothing():
    rows = F.pad(torch.randn(200, 4), (0, 1), value=1.0).double()
    targets = torch.randn(200, 2).double()
    scaled = rows * torch.tensor([1, 50, 0.02, 3, 1]).double()
    predictions = [x @ ridge_weights(x.T @ x, x.T @ targets, 0.1).double() for x in (rows, scaled)]
    assert torch.allclose(*predictions, atol=1e-3)


def test_saliency_and_edges_come_out_as_logits():
    batch = labels()
    probe = RidgeProbe({"sal": 2, "edge": 1})
    probe.update([torch.randn(6, 5, 4, 4)], batch)
    predictions = probe.solve().predict([torch.randn(6, 5, 4, 4)], (32, 32))
    share = predictions["sal"].exp().sum(dim=1)
    assert (share - 1).abs().mean() < 0.05
    assert predictions["edge"].sigmoid().mean() == pytest.approx(0.2, abs=0.05)


def test_a_rare_class_is_not_drowned_by_the_background():
    scale = class_scale(torch.tensor([0.96, 0.96, 0.04, 0.04, 0.0, 0.0]), 3)
    assert torch.allclose(scale, torch.tensor([0.98, 0.98, 0.2, 0.2, 0.01, 0.01]), atol=1e-3)


def test_cells_are_means_over_known_pixels():
    values = torch.arange(16.0).view(1, 1, 4, 4)
    known = torch.ones(1, 1, 4, 4)
    known[..., 0, 0] = 0
    tokens, usable = cell_means(values, known, (1, 1), 2)
    assert torch.allclose(tokens, torch.tensor([[10 / 3, 4.5, 10.5, 12.5]]))
    assert usable.all()
