"""A further task for a model that is there: a decoder and a place among the affinities."""

from collections.abc import Mapping
from typing import Any

import torch

from polytask.errors import UserError
from polytask.models.vta.model import VtaModel, build_vta


@torch.no_grad()
def add_task(
    model: VtaModel, config: Mapping[str, Any], task: str, num_outputs: int
) -> tuple[VtaModel, dict[str, Any]]:
    """Return a model, on the CPU, that has learnt nothing of `task` yet, and its configuration.

    The task gets a random decoder and representation and uniform affinities with all tasks; the
    other tasks' affinity with it is zero. All else is as it was, so that no prediction changes.
    Raises UserError for a task that the model has already.
    """
    if task in model.tasks:
        raise UserError(f"task {task!r}: this model has it already")
    extended = {**config, "tasks": {**config["tasks"], task: num_outputs}}
    grown, count = build_vta(extended), len(model.tasks)
    old, new = model.state_dict(), grown.state_dict()
    new["affinities"][:count, count] = 0
    new["affinities"][:count, :count] = old.pop("affinities")
    if "task_representations" in old:
        new["task_representations"][:count] = old.pop("task_representations")
    grown.load_state_dict({**new, **old})
    return grown, extended
