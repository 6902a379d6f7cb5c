"""The one training loop: objectives return `{"loss": ..., **parts}`, all else is an argument."""

import logging
import signal
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from itertools import islice
from typing import Any, Protocol

import torch
from torch import nn

from polytask.across_processes import largest
from polytask.errors import UserError
from polytask.models.norms import use_whole_batch_norms
from polytask.progress import bar
from polytask.training.acceleration import accelerate
from polytask.training.config import FitConfig
from polytask.training.data_parallel import Objective, Parts, shared, without_averaging
from polytask.training.interruption import stop_request
from polytask.training.micro_batches import (
    SameDraws,
    micro_batches,
    number_of_micro_batches,
    warn_of_batch_norms,
)
from polytask.training.plateau import plateaued
from polytask.training.runtime import Runtime
from polytask.training.state import Learning, TrainingState
from polytask.training.state_files import State

logger = logging.getLogger(__name__)

Batches = Callable[[int], Iterable[Mapping[str, Any]]]
OnLog = Callable[[int, dict[str, float]], None]


class Checkpoint(Protocol):
    """Where states are kept; `kept` says where the last good one lies."""

    kept: str

    def load(self) -> State | None: ...

    def save(self, step: int, state: State) -> None: ...


class Diverged(UserError):
    """The loss left the finite numbers; the message says at which steps and what is kept."""


def fit(
    model: nn.Module,
    batches: Batches,
    objective: Objective,
    config: FitConfig,
    runtime: Runtime,
    *,
    on_log: OnLog,
    checkpoint: Checkpoint,
    name: str = "fit",
) -> int:
    """Train `model` in place and return the number of steps: `config.steps`, or up to a plateau.

    `batches(n)` yields the batches after the first n. `on_log(step, values)` gets the means since
    the last call, once more from the first on where a checkpoint is taken up: a run that was
    interrupted then ends with the same weights and rows as one that was not. An objective that is
    `Learning` is in the checkpoint, too, and told of every step. On SIGTERM and SIGUSR1 the state
    is saved and the process exits with 128 plus the signal. Raises Diverged when a loss is not
    finite: the last checkpoint is then good.

    Several processes each get their share of a batch from `batches`, and do what one would do; the
    first one saves. A share is computed in micro-batches of at most `config.images_at_once`.
    """
    accelerate(model, runtime)
    learning = objective if isinstance(objective, Learning) else None
    training = TrainingState(model, config, runtime, learning)
    _take_up(training, checkpoint, on_log, name)
    train_mode(model)
    if runtime.processes.world_size > 1:
        use_whole_batch_norms(model)
    warn_of_batch_norms(model, name, number_of_micro_batches(config, runtime))
    step = shared(model, objective, runtime.processes)
    shown = runtime.processes.rank == 0
    progress = bar(name, config.steps, "step", initial=training.step, shown=shown)
    with stop_request() as stop:
        upcoming = stop.until(batches(training.step))
        for batch in islice(upcoming, config.steps - training.step):
            if plateaued(training.rows, config.patience):
                break
            _make_step(training, step, runtime.send(batch), config, runtime)
            save = training.step % config.checkpoint_every == 0 or training.step == config.steps
            if save or training.step % config.log_every == 0:
                values = _logged(training, config, checkpoint, on_log, name)
                progress.set_postfix(loss=f"{values['loss']:.4f}", refresh=False)
            if save:
                _save(training, checkpoint)
            progress.update()
        progress.close()
        if stopped_by := stop.agreed():
            _save(training, checkpoint)
    if stopped_by:
        raise _interruption(name, stopped_by, training.step, checkpoint.kept)
    model.eval()
    return training.step


def train_mode(model: nn.Module) -> None:
    """Set the model to training, but for the parts whose parameters are all frozen."""
    model.train()
    for module in model.modules():
        frozen = [not parameter.requires_grad for parameter in module.parameters()]
        if frozen and all(frozen):
            module.eval()


def _make_step(
    training: TrainingState, step: Callable[..., Parts], batch: Mapping[str, Any],
    config: FitConfig, runtime: Runtime,
) -> None:  # fmt: skip
    """One step down the gradient of a batch; processes average it with its last part."""
    count = number_of_micro_batches(config, runtime)
    training.forget_gradients()
    draws = SameDraws(runtime.device)
    for part, piece in micro_batches(batch, count):
        last = part.index == count - 1
        with draws.of(part), nullcontext() if last else without_averaging(step):
            with runtime.autocast():
                parts = step(piece)
            training.add_gradient(parts, 1 / count)
    training.update()
    if training.learning is not None:
        with torch.no_grad(), runtime.autocast():
            training.learning.after_step(training.model, batch)


def _take_up(training: TrainingState, checkpoint: Checkpoint, on_log: OnLog, name: str) -> None:
    """Go on from the last checkpoint, if there is one; its rows are logged again.

    Raises UserError where processes find different ones.
    """
    if (state := checkpoint.load()) is not None:
        training.restore(state)
    if largest(training.step) != -largest(-training.step):
        raise UserError(f"{name}: processes find different checkpoints, one {checkpoint.kept}")
    if state is None:
        return
    for step, values in training.rows:
        on_log(step, values)
    logger.info("%s: goes on after step %d from %s", name, training.step, checkpoint.kept)


def _interruption(name: str, stopped_by: int, step: int, kept: str) -> SystemExit:
    """The exit of a training that a signal stopped; says what is kept."""
    what = signal.Signals(stopped_by).name, step, kept
    logger.warning("%s: stopped by %s after step %d; kept: %s", name, *what)
    return SystemExit(128 + stopped_by)


def _logged(
    training: TrainingState, config: FitConfig, checkpoint: Checkpoint, on_log: OnLog, name: str
) -> dict[str, float]:
    """Log the means since the last time; raises Diverged where one is not finite."""
    step, values = training.step, training.means()
    if not all(map(_finite, values.values())):
        raise Diverged(_divergence(name, step, config.log_every, values, checkpoint.kept))
    training.rows.append((step, values))
    on_log(step, values)
    return values


def _save(training: TrainingState, checkpoint: Checkpoint) -> None:
    """Keep the state, unless it is one that nobody would want to go on from."""
    if training.is_finite():
        checkpoint.save(training.step, training.state())


def _finite(value: float) -> bool:
    return value - value == 0


def _divergence(name: str, step: int, every: int, values: dict[str, float], kept: str) -> str:
    bad = ", ".join(key for key, value in values.items() if not _finite(value))
    first = max(1, step - every + 1)
    return (
        f"{name}: {bad} became NaN or infinite between steps {first} and {step}; training stopped, "
        f"last good weights: {kept}. Lower `fit.lr` or set `fit.clip_norm`."
    )
