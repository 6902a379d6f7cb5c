"""What each model will be, told by the job that will make it; files that no job makes are read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from polytask.models.encoder import describe_encoder
from polytask.models.files import STUDENT_FORMAT, read_config
from polytask.pipeline.arguments import build
from polytask.price.counting import on_meta
from polytask.price.jobs import Job
from polytask.tasks import num_outputs
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig

Description = dict[str, Any]
"""A configuration of format polytask.model/1."""


class Descriptions:
    """The students and models behind file names, as their rules describe them."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.maker = {output: job for job in jobs for output in job.outputs}

    def student(self, file: str) -> Description:
        """The student that a job of rule distill will write to `file`, or that is there already.

        Raises UserError for a student that no job makes and that is not there.
        """
        if file not in self.maker:
            found = read_config(file, STUDENT_FORMAT)
            return {key: found[key] for key in ("student", "teacher_dims")}
        config = self.maker[file].config
        teachers = config["committee"]["teachers"]
        dims = {name: frozen_teacher(each).dim for name, each in teachers.items()}
        return {"student": dict(config["student"]), "teacher_dims": dims}

    def model(self, file: str) -> Description:
        """The multi-task model that `file` will hold."""
        job = self.maker[file]
        if job.rule == "downstream":
            return self._downstream(job)
        if job.rule == "realign_heads":
            return self.model(job.inputs["merged"][0])
        if job.rule == "realign_representation":
            form = {"realignment": job.config["form"], "realignment_rank": job.config["rank"]}
            merged = self.model(job.inputs["merged"][0])
            return {**merged, "student": {**merged["student"], **form}}
        models = self.models(job)
        if job.rule == "tall_masks":  # a model per task, each in a folder with its name
            return next(each for each in models if Path(file).parent.name in each["tasks"])
        return united(models)

    def models(self, job: Job) -> list[Description]:
        """The models among a job's inputs."""
        return [self.model(file) for file in job.inputs["models"]]

    def _downstream(self, job: Job) -> Description:
        """The model that rule downstream trains, as its script describes it."""
        config, dataset = job.config, job.config["dataset"]
        if config["encoder"] is not None:
            encoder = describe_encoder(teacher_config(config["encoder"]))
            backbone = {"student": encoder, "teacher_dims": {}}
        elif config["student"] is None:
            backbone = {"student": config["plain_student"], "teacher_dims": {}}
        else:
            backbone = self.student(job.inputs["student"][0])
        student = {**backbone["student"], "image_size": dataset["image_size"]}
        heads = {task: num_outputs(task, dataset["num_classes"]) for task in config["tasks"]}
        choices = {key: config[key] for key in ("fusion", "head", "mlore") if key in config}
        return {**backbone, "student": student, **choices, "tasks": heads}


def united(models: Sequence[Description]) -> Description:
    """One model with the tasks of all, as merging makes it."""
    tasks = {task: outputs for each in models for task, outputs in each["tasks"].items()}
    return {**models[0], "tasks": tasks}


def teacher_config(values: Mapping[str, Any]) -> TeacherConfig:
    """An entry of `teachers`; its weights, which cost nothing, are left out."""
    return replace(build(TeacherConfig, dict(values), "teachers"), weights="random")


def frozen_teacher(values: Mapping[str, Any]) -> FrozenTeacher:
    """A teacher on the meta device, built once."""
    return _frozen_teacher(json.dumps(values))


@cache
def _frozen_teacher(values: str) -> FrozenTeacher:
    config = teacher_config(json.loads(values))
    return on_meta(lambda: FrozenTeacher(config))
