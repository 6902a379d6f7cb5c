"""Training is reproducible, follows its schedule, and stops where the loss leaves the numbers."""

import math
from dataclasses import replace
from itertools import islice

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.loop import Diverged, fit
from polytask.training.runtime import RuntimeConfig, start
from polytask.training.schedules import cosine, polynomial

CONFIG = FitConfig(
    steps=8, batch_size=4, lr=0.1, weight_decay=0.0, schedule="cosine", warmup_steps=2,
    warmup_lr=0.1, final_lr=0.01, clip_norm=1.0, log_every=2, checkpoint_every=4, num_workers=0,
)  # fmt: skip


def batches(poison_at: int | None = None):
    for step in range(CONFIG.steps):
        x = torch.linspace(-1, 1, 4)[:, None]
        yield {"x": x, "y": 2 * x if step != poison_at else x * math.nan}


def squared_error(model, batch):
    return {"loss": ((model(batch["x"]) - batch["y"]) ** 2).mean()}


def run(tmp_path, poison_at=None, precision="fp32"):
    runtime = start(RuntimeConfig(device="cpu", precision=precision), seed=3)
    model, logged = nn.Linear(1, 1), []
    fit(
        model, lambda first: islice(batches(poison_at), first, None), squared_error, CONFIG,
        runtime,
        on_log=lambda step, values: logged.append((step, values["loss"])),
        checkpoint=Checkpoints(tmp_path, "job"),
    )  # fmt: skip
    return model, logged


def test_the_same_seed_gives_the_same_weights_and_curve(tmp_path):
    first, second = run(tmp_path / "first"), run(tmp_path / "second")
    assert torch.equal(first[0].weight, second[0].weight)
    assert first[1] == second[1]


def test_the_loss_falls(tmp_path):
    _, logged = run(tmp_path)
    assert [step for step, _ in logged] == [2, 4, 6, 8]
    assert logged[-1][1] < logged[0][1]


def test_nan_stops_training_and_the_last_good_weights_stay(tmp_path):
    with pytest.raises(Diverged, match=r"loss became NaN.*steps 5 and 6.*step 4"):
        run(tmp_path, poison_at=5)
    [kept] = tmp_path.glob("*4-job.safetensors")
    assert all(load_file(kept)[f"model.{name}"].isfinite() for name in ("weight", "bias"))


def test_nan_in_the_last_interval_is_noticed_as_well(tmp_path):
    with pytest.raises(Diverged):
        run(tmp_path, poison_at=7)


def test_half_precision_needs_a_gpu():
    with pytest.raises(ValueError, match="fp16 needs a GPU"):
        start(RuntimeConfig(device="cpu", precision="fp16"), seed=0)


def test_cosine_warms_up_peaks_and_ends_at_its_floor():
    factor = cosine(steps=100, warmup_steps=10, start=0.1, end=0.01)
    assert factor(0) == pytest.approx(0.1)
    assert factor(10) == pytest.approx(1)
    assert factor(100) == pytest.approx(0.01)
    assert all(factor(s) >= factor(s + 1) for s in range(10, 100))


def test_polynomial_is_the_papers_power_of_nine_tenths():
    factor = polynomial(steps=100, warmup_steps=0, start=1.0)
    assert factor(0) == 1
    assert factor(50) == pytest.approx(0.5**0.9)
    assert factor(100) == 0


def test_another_seed_gives_other_weights(tmp_path):
    runtime = start(RuntimeConfig(device="cpu", precision="fp32"), seed=4)
    assert runtime.autocast_dtype is None
    assert not torch.equal(nn.Linear(1, 1).weight, run(tmp_path)[0].weight)
    assert replace(CONFIG, steps=9) != CONFIG
