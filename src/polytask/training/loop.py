"""The one training loop: objectives return `{"loss": ..., **parts}`, all else is an argument."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from polytask.errors import UserError
from polytask.progress import bar
from polytask.training.runtime import Runtime
from polytask.training.schedules import schedule

logger = logging.getLogger(__name__)

Objective = Callable[[nn.Module, Mapping[str, Any]], dict[str, Tensor]]
OnLog = Callable[[int, dict[str, float]], None]


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """Length, optimiser (AdamW) and schedule of one training run.

    `warmup_lr` and `final_lr` are factors of `lr`; `clip_norm` 0 means no clipping.
    """

    steps: int
    batch_size: int
    lr: float
    weight_decay: float
    schedule: Literal["cosine", "polynomial"]
    warmup_steps: int
    warmup_lr: float
    final_lr: float
    clip_norm: float
    log_every: int
    checkpoint_every: int
    num_workers: int


class Diverged(UserError):
    """The loss left the finite numbers; the message says at which steps and what is kept."""


def fit(
    model: nn.Module,
    batches: Iterable[Mapping[str, Any]],
    objective: Objective,
    config: FitConfig,
    runtime: Runtime,
    *,
    on_log: OnLog,
    keep: Callable[[int], str],
    name: str = "fit",
) -> None:
    """Train `model` in place for `config.steps` batches.

    `on_log(step, values)` gets the means since the last call; `keep(step)` saves the weights and
    returns where. Raises Diverged when a loss is not finite: what `keep` saved last is then good.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters, lr=config.lr, weight_decay=config.weight_decay, fused=True
    )
    factor = schedule(
        config.schedule, steps=config.steps, warmup_steps=config.warmup_steps,
        start=config.warmup_lr, end=config.final_lr,
    )  # fmt: skip
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    scaler = torch.amp.GradScaler(
        runtime.device.type, enabled=runtime.autocast_dtype is torch.float16
    )
    meter, kept = _Meter(), "nothing"
    model.train()
    progress = bar(name, config.steps, "step")
    for step, batch in enumerate(batches, start=1):
        with runtime.autocast():
            parts = objective(model, runtime.send(batch))
        _update(parts["loss"], parameters, optimizer, scaler, config.clip_norm)
        scheduler.step()
        meter.add(parts)
        last = step == config.steps
        if step % config.log_every == 0 or step % config.checkpoint_every == 0 or last:
            values = meter.means()
            if not all(map(_finite, values.values())):
                raise Diverged(_divergence(name, step, config.log_every, values, kept))
            on_log(step, {**values, "lr": scheduler.get_last_lr()[0]})
            progress.set_postfix(loss=f"{values['loss']:.4f}", refresh=False)
        if step % config.checkpoint_every == 0 and not last:
            kept = keep(step)
        progress.update()
        if last:
            break
    progress.close()
    model.eval()


def _update(
    loss: Tensor,
    parameters: list[nn.Parameter],
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    clip_norm: float,
) -> None:
    optimizer.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    if clip_norm:
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(parameters, clip_norm)
    scaler.step(optimizer)
    scaler.update()


class _Meter:
    """Means of what the objective reports; stays on the device until asked."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.count = 0
        self.since = time.perf_counter()

    def add(self, parts: Mapping[str, Tensor]) -> None:
        for key, value in parts.items():
            value = value.detach().float()
            self.sums[key] = self.sums[key] + value if key in self.sums else value
        self.count += 1

    def means(self) -> dict[str, float]:
        now = time.perf_counter()
        values = {key: (total / self.count).item() for key, total in self.sums.items()}
        values["steps_per_second"] = self.count / (now - self.since)
        self.sums, self.count, self.since = {}, 0, now
        return values


def _finite(value: float) -> bool:
    return value - value == 0


def _divergence(name: str, step: int, every: int, values: dict[str, float], kept: str) -> str:
    bad = ", ".join(key for key, value in values.items() if not _finite(value))
    first = max(1, step - every + 1)
    return (
        f"{name}: {bad} became NaN or infinite between steps {first} and {step}; training stopped, "
        f"last good weights: {kept}. Lower `fit.lr` or set `fit.clip_norm`."
    )
