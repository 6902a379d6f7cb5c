"""A tiny training that can be interrupted anywhere, for the tests of resuming and checkpoints."""

import os
import random
import signal

import numpy as np
import torch
from torch import nn

from polytask.data import sampling
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.curves import CurveWriter
from polytask.training.gates import GateWriter
from polytask.training.loop import fit
from polytask.training.runtime import RuntimeConfig, start

CONFIG = FitConfig(
    steps=9, batch_size=4, lr=0.05, weight_decay=0.01, schedule="cosine", warmup_steps=2,
    warmup_lr=0.1, final_lr=0.01, clip_norm=1.0, log_every=2, checkpoint_every=3, num_workers=0,
)  # fmt: skip


class Killed(Exception):
    """What takes the place of SIGKILL."""


class Model(nn.Module):
    """Dropout, running statistics and a parameter in another memory order: all must come back."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(2, 4, 3).to(memory_format=torch.channels_last)
        self.norm, self.dropout, self.head = nn.BatchNorm2d(4), nn.Dropout(0.4), nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.dropout(self.norm(self.convolution(x)).mean(dim=(2, 3))))


def batches(first_step):
    for step in range(first_step, CONFIG.steps):
        yield {"x": torch.randn(4, 2, 8, 8, generator=torch.Generator().manual_seed(step))}


class Objective:
    """Draws from every generator, and does something at one step."""

    def __init__(self, at=None, what=None):
        self.at, self.what, self.calls = at, what, 0

    def __call__(self, model, batch):
        if self.calls == self.at:
            self.what(model)
        self.calls += 1
        target = random.random() + np.random.rand() + torch.rand(4, 1)
        error = (model(batch["x"]) - target) ** 2
        loss = error.mean()
        gate = error.flatten()[0].sigmoid()
        return {"loss": loss, "largest": error.max(), "gate/x/0/stem": gate, "the_loss_again": loss}


def kill(_model):
    raise Killed


def terminate(_model, number=signal.SIGTERM):
    os.kill(os.getpid(), number)


def train(
    folder, objective=None, identity="abcdef0123", config=CONFIG, runtime=None, batches=batches
):
    """One attempt of a job, in a process as good as new: the model and its curve."""
    fresh = start(RuntimeConfig(device="cpu", precision="fp32"), seed=3)
    model, curve = Model(), folder / "curves.csv"
    folder.mkdir(exist_ok=True)
    fit(
        model, batches, objective or Objective(), config, runtime or fresh,
        on_log=GateWriter(
            curve.with_name("gates.csv"), CurveWriter(curve, lambda step, values: None)
        ),
        checkpoint=Checkpoints(folder / "checkpoints", identity),
    )  # fmt: skip
    return model, curve


def rows(curve):
    """The lines of a curve, but for their speed."""
    names, *lines = [line.split(",") for line in curve.read_text().splitlines()]
    speed = names.index("steps_per_second")
    return [[*line[:speed], *line[speed + 1 :]] for line in lines]


def assert_same(found, expected):
    one, other = found[0].state_dict(), expected[0].state_dict()
    assert all(torch.equal(one[key], other[key]) for key in other)
    assert rows(found[1]) == rows(expected[1])
    gates, theirs = (curve.with_name("gates.csv").read_bytes() for _, curve in (found, expected))
    assert gates == theirs


def names(folder):
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


class Pictures:
    """A data set that loader workers can read."""

    def __len__(self):
        return 10

    def __getitem__(self, key):
        return {"x": torch.randn(2, 8, 8, generator=torch.Generator().manual_seed(key[0]))}


def loaded(first_step):
    """Batches that two workers load."""
    return sampling.batches(Pictures(), 4, CONFIG.steps, 0, 1, num_workers=2, first_step=first_step)
