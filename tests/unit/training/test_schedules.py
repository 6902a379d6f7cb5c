"""`one_cycle` is torch's OneCycleLR, factor by factor."""

import warnings

import pytest
import torch
from torch import nn

from polytask.training.schedules import one_cycle, schedule


def torchs(steps: int, warmup_steps: int, start: float, end: float) -> list[float]:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=steps, pct_start=warmup_steps / steps,
        div_factor=1 / start, final_div_factor=start / end, cycle_momentum=False,
    )  # fmt: skip
    factors = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimizer takes no step here
        for _ in range(steps):
            factors.append(scheduler.get_last_lr()[0])
            if len(factors) < steps:
                scheduler.step()
    return factors


@pytest.mark.parametrize("values", [(100, 5, 0.04, 4e-6), (40, 20, 0.1, 0.01), (7, 2, 0.5, 0.5)])
def test_one_cycle_is_torchs_factor_by_factor(values):
    factor = one_cycle(*values)
    assert [factor(step) for step in range(values[0])] == pytest.approx(torchs(*values), abs=1e-9)


def test_one_cycle_starts_peaks_and_ends():
    factor = one_cycle(steps=100, warmup_steps=10, start=0.1, end=0.01)
    assert (factor(0), factor(9)) == pytest.approx((0.1, 1.0))
    assert factor(99) == factor(100) == pytest.approx(0.01)


@pytest.mark.parametrize("warmup_steps", [0, 1, 3])
def test_it_is_defined_at_every_step_of_a_short_run(warmup_steps):
    factor = one_cycle(3, warmup_steps, start=0.1, end=0.01)
    assert all(0.01 <= factor(step) <= 1 for step in range(4))


def test_it_is_chosen_by_name():
    chosen = schedule("one_cycle", steps=50, warmup_steps=5, start=0.1, end=0.01)
    assert chosen(17) == one_cycle(50, 5, 0.1, 0.01)(17)
