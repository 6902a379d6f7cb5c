"""Which trainings of a plan are timed in place of all: a plain model, and one with paths."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from polytask.errors import UserError
from polytask.price.costs import Costs
from polytask.price.descriptions import Description, Descriptions
from polytask.price.jobs import Job
from polytask.price.trained import everything

PLAIN, PATHS = "plain", "paths"
LABELLED = ("semseg", "human_parts", "sal", "edge", "normals", "depth")
"""The tasks that rooms have labels for; a training with others is not timed."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A training of stage 2: its parameters, its model, and what an image costs of it."""

    config: dict[str, Any]
    description: Description
    step_flops: float
    look_flops: float


@dataclass(frozen=True, kw_only=True)
class Examples:
    """What one core is timed at: trainings by kind, and the (size, style) of rooms."""

    trainings: dict[str, Example]
    rooms: list[tuple[int, str]]


def kind_of(job: Job, models: Descriptions) -> str:
    """Whether a job trains a student with its paths to the teachers, or a plain model."""
    if job.rule not in ("distill", "downstream"):
        return PLAIN
    describe = models.student if job.rule == "distill" else models.model
    biases = describe(job.outputs[0])["student"].get("biases", "none")
    return PLAIN if biases == "none" else PATHS


def examples(jobs: Sequence[Job]) -> Examples:
    """The first of each kind in stage 2: not of heads alone, nor of tasks that rooms lack.

    Raises UserError where the plan has none.
    """
    models, costs, found = Descriptions(jobs), Costs(), {}
    for job in jobs:
        if job.rule != "downstream" or job.config["frozen"]:
            continue
        if not set(job.config["tasks"]) <= set(LABELLED):
            continue
        kind = kind_of(job, models)
        if kind not in found:
            description, distilled = models.model(job.outputs[0]), bool(job.config["gamma"])
            cost = costs.training(description, everything, distilled=distilled).count
            found[kind] = Example(
                config=dict(job.config),
                description=description,
                step_flops=cost.flops,
                look_flops=cost.forward_flops,
            )
    if not found:
        raise UserError("--gpu cpu: the plan trains no model that could be timed; give --peak")
    rooms = {(job.config["size"], job.config["style"]) for job in jobs if job.rule == "rooms"}
    return Examples(trainings=found, rooms=sorted(rooms))


def as_data(these: Examples) -> dict[str, Any]:
    """For the processes that are timed."""
    return asdict(these)
