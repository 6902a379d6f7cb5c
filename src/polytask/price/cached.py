"""Whether teachers are cheaper cached, or run beside the student: disk against recomputation."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.price.descriptions import frozen_teacher
from polytask.price.gpus import Machine
from polytask.price.jobs import Job
from polytask.price.stages import Ledger, committee
from polytask.price.work import fit_of
from polytask.teachers.caching import required_bytes


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The teachers of one set of images: what both ways cost.

    `views` of `images` (None: not known) are looked at `uses` times by all trainings together;
    `view_bytes` and `view_flops` are those of one view, all teachers. Without a fixed number of
    views every step has new ones.
    """

    data: str
    targets: str
    images: int | None
    views: int
    uses: int
    view_bytes: int
    view_flops: float

    @property
    def cache_bytes(self) -> int:
        """The disk that all views take in fp16."""
        return self.views * self.view_bytes

    def online_hours(self, machine: Machine) -> float:
        """GPU hours of the teachers in every step."""
        return machine.hours(self.uses * self.view_flops)

    def cached_hours(self, machine: Machine, read_speed: float) -> float:
        """GPU hours of extraction, and of waiting for what is read at `read_speed` bytes/s."""
        reading = self.uses * self.view_bytes / read_speed / 3600
        return machine.hours(self.views * self.view_flops) + reading

    def cheaper(self, machine: Machine, read_speed: float, free: float) -> tuple[str, str]:
        """`cached` or `online`, and why."""
        if self.views >= self.uses:
            return "online", "no view is looked at twice"
        if self.cache_bytes > free:
            return "online", "the cache does not fit on this disk"
        saved = self.online_hours(machine) - self.cached_hours(machine, read_speed)
        if saved > 0:
            return "cached", "reading is faster than computing again"
        return "online", "computing again is faster than reading"


def choices(jobs: Iterable[Job], ledger: Ledger) -> list[Choice]:
    """For the corpus and the labelled set, where trainings distil on them."""
    trainings: dict[str, list[Job]] = {"corpus": [], "labelled": []}
    for job in jobs:
        if job.rule == "distill" and fit_of(job.config).steps:
            trainings["corpus"].append(job)
        elif job.rule == "downstream" and job.config["gamma"]:
            trainings["labelled"].append(job)
    found = [_choice(data, them, ledger) for data, them in trainings.items() if them]
    return [each for each in found if each is not None]


def free_bytes() -> float:
    """Of the disk that results are written to."""
    return float(shutil.disk_usage(Path()).free)


def _choice(data: str, trainings: list[Job], ledger: Ledger) -> Choice | None:
    job = trainings[0]
    config: Any = job.config
    shown = [fit_of(each.config) for each in trainings]
    uses = [fit.steps * fit.batch_size for fit in shown]
    size, split = config.get("image_size"), "train"
    if data == "labelled":
        size, split = config["dataset"]["image_size"], config["dataset"]["train_split"]
    images = ledger.images.of(job.inputs[data][0], split, photos=data == "corpus")
    if config["num_views"] and images is None:
        return None
    views = images * config["num_views"] if config["num_views"] else max(uses)
    teachers = config["committee"]["teachers"]
    shapes = [s for each in teachers.values() for s in frozen_teacher(each).shapes(tuple(size))]
    return Choice(
        data=data,
        targets=config["committee"]["targets"],
        images=images,
        views=views,
        uses=sum(uses),
        view_bytes=required_bytes(shapes, 1, 1),
        view_flops=committee(teachers, size, ledger).flops,
    )
