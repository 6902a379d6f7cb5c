"""Training ends once the logged losses bring nothing better, and frozen parts do not train."""

from dataclasses import replace
from itertools import islice

import pytest
import torch
from test_loop import CONFIG, batches
from torch import nn

from polytask.training.checkpoints import Checkpoints
from polytask.training.loop import fit, train_mode
from polytask.training.plateau import plateaued
from polytask.training.runtime import RuntimeConfig, start


def rows(*losses):
    return [(step, {"loss": loss}) for step, loss in enumerate(losses)]


@pytest.mark.parametrize(
    ("losses", "patience", "expected"),
    [
        ((3, 2, 2.5, 2.1), 2, True),  # nothing below 2 in two rows
        ((3, 2, 2.5, 1.9), 2, False),  # the last row is the best
        ((3, 2, 1.9, 2.5), 2, False),  # the best is one of the last two
        ((3, 3), 2, False),  # too few to know
        ((1, 2, 3, 4), 0, False),  # never asked for
    ],
)
def test_a_plateau_is_so_many_losses_that_are_no_better(losses, patience, expected):
    assert plateaued(rows(*losses), patience) is expected


def test_training_ends_on_a_plateau_and_says_after_how_many_steps(tmp_path):
    config = replace(CONFIG, log_every=1, lr=1e-30, patience=2)
    steps = fit(
        nn.Linear(1, 1), lambda first: islice(batches(), first, None),
        lambda model, batch: {"loss": model(batch["x"]).sum() * 0 + 1}, config,
        start(RuntimeConfig(device="cpu"), seed=0),
        on_log=lambda step, values: None, checkpoint=Checkpoints(tmp_path, "job"),
    )  # fmt: skip
    assert steps == 3


def test_what_is_frozen_stays_in_evaluation_mode():
    model = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)), nn.BatchNorm1d(2))
    model[0].requires_grad_(False)
    train_mode(model)
    model(torch.randn(8, 2))
    assert model[0][1].num_batches_tracked == 0
    assert model[1].num_batches_tracked == 1
