"""All that changes from step to step, as one object that can be written down and taken up again."""

import random
import time
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from polytask.across_processes import mean
from polytask.training.config import FitConfig
from polytask.training.runtime import Runtime
from polytask.training.schedules import schedule
from polytask.training.state_files import State


@runtime_checkable
class Learning(Protocol):
    """An objective that learns beside the model."""

    def after_step(self, model: Any, batch: Mapping[str, Any]) -> None: ...

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class TrainingState:
    """Model, optimiser, schedule, scaler, meter and logged rows after `step` steps.

    An objective that is `learning` goes into it, too.
    """

    def __init__(
        self, model: nn.Module, config: FitConfig, runtime: Runtime,
        learning: Learning | None = None,
    ) -> None:  # fmt: skip
        self.model, self.clip_norm, self.learning = model, config.clip_norm, learning
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=config.lr, weight_decay=config.weight_decay, fused=True
        )
        factor = schedule(
            config.schedule, steps=config.steps, warmup_steps=config.warmup_steps,
            start=config.warmup_lr, end=config.final_lr,
        )  # fmt: skip
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, factor)
        self.scaler = torch.amp.GradScaler(
            runtime.device.type, enabled=runtime.autocast_dtype is torch.float16
        )
        self.meter = Meter()
        self.rows: list[tuple[int, dict[str, float]]] = []
        self.step = 0

    def forget_gradients(self) -> None:
        """Begin a step."""
        self.optimizer.zero_grad(set_to_none=True)

    def add_gradient(self, parts: Mapping[str, Tensor], share: float = 1.0) -> None:
        """Add the gradient of `parts["loss"]`, that of a `share` of this process's images."""
        self.scaler.scale(parts["loss"] * share).backward()
        self.meter.add(parts, share)

    def update(self) -> None:
        """End a step: go down the gradient that was added up."""
        if self.clip_norm:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.scheduler.step()
        self.meter.count += 1
        self.step += 1

    def means(self) -> dict[str, float]:
        """The means of what was reported since the last call, and the learning rate."""
        return {**self.meter.means(), "lr": self.scheduler.get_last_lr()[0]}

    def is_finite(self) -> bool:
        """Whether weights and losses are numbers, so that going on from here makes sense."""
        values = [*self.parameters, *self.meter.totals().values()]
        return all(torch.stack([value.isfinite().all() for value in values]).tolist())

    def state(self) -> State:
        """All of it, with the state of every random generator."""
        return {
            "step": self.step,
            "rows": self.rows,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "scaler": self.scaler.state_dict(),
            "meter": self.meter.state(),
            "random": random_states(),
            **({} if self.learning is None else {"objective": self.learning.state()}),
        }

    def restore(self, state: State) -> None:
        """Become what `state` was taken of."""
        self.step, self.rows = state["step"], state["rows"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        for parameter, moments in self.optimizer.state.items():
            for key, value in moments.items():
                moments[key] = _laid_out_like(parameter, value)
        self.scheduler.load_state_dict(state["scheduler"])
        self.scaler.load_state_dict(state["scaler"])
        self.meter.restore(state["meter"], self.parameters[0].device)
        if self.learning is not None:
            self.learning.restore(state["objective"])
        restore_random_states(state["random"])


class Meter:
    """Means over steps of what the objective reports, in all processes.

    Sums stay on the device until they are asked for; `count` is the number of steps in them.
    """

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.count = 0
        self.since = time.perf_counter()

    def add(self, parts: Mapping[str, Tensor], share: float) -> None:
        for key, value in parts.items():
            value = value.detach().float() * share
            self.sums[key] = self.sums[key] + value if key in self.sums else value

    def totals(self) -> dict[str, Tensor]:
        """The sums since the last means, as one process would have them."""
        return {key: mean(value) for key, value in self.sums.items()}

    def means(self) -> dict[str, float]:
        now = time.perf_counter()
        values = {key: (total / self.count).item() for key, total in self.totals().items()}
        values["steps_per_second"] = self.count / (now - self.since)
        self.sums, self.count, self.since = {}, 0, now
        return values

    def state(self) -> State:
        elapsed = time.perf_counter() - self.since
        return {"sums": self.totals(), "count": self.count, "seconds": elapsed}

    def restore(self, state: State, device: torch.device) -> None:
        self.sums = {key: value.to(device) for key, value in state["sums"].items()}
        self.count = state["count"]
        self.since = time.perf_counter() - state["seconds"]


def random_states() -> State:
    """The states of Python's, numpy's and torch's own generators, and of the GPU in use."""
    numpy_state: dict[str, Any] = dict(np.random.get_state(legacy=False))
    numpy_state["state"] = {
        key: value.tolist() if isinstance(value, np.ndarray) else value
        for key, value in numpy_state["state"].items()
    }
    return {
        "python": random.getstate(),
        "numpy": numpy_state,
        "torch": torch.get_rng_state(),
        "cuda": [torch.cuda.get_rng_state()] if torch.cuda.is_initialized() else [],
    }


def restore_random_states(state: State) -> None:
    """Every generator goes on as it would have; another GPU's too, if it is now the one in use."""
    random.setstate(state["python"])
    numpy_state = state["numpy"]
    key = np.array(numpy_state["state"]["key"], np.uint32)
    np.random.set_state({**numpy_state, "state": {**numpy_state["state"], "key": key}})
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_initialized():
        for cuda_state in state["cuda"]:
            torch.cuda.set_rng_state(cuda_state)


def _laid_out_like(parameter: Tensor, value: Any) -> Any:
    """Fused optimisers want their moments in the parameter's memory order."""
    if not isinstance(value, Tensor) or value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
