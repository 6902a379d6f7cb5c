"""Rule `costs`: what a distilled model costs, and what running its teachers would (SAK, 1)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.costs.measuring import Case, as_data, measure
from polytask.costs.together import Together, all_of, teachers_under_heads
from polytask.errors import UserError
from polytask.models.files import load_model
from polytask.models.multitask import MultiTaskModel
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.teachers.committee import open_teachers
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class CostsConfig:
    """The methods' titles, the teachers of the first, and the (H, W) pixels of an image."""

    seed: int
    runtime: RuntimeConfig
    title: str
    single_task: str
    multi_task: str
    teachers: dict[str, TeacherConfig]
    image_size: tuple[int, int]


def models_of(
    model: MultiTaskModel, title: str, teachers: dict[str, FrozenTeacher]
) -> "dict[str, tuple[str, nn.Module]]":
    """By name, with its title: the model, its student, each teacher, and the teachers together."""
    each = {f"teacher_{name}": (f"Teacher {name}", teacher) for name, teacher in teachers.items()}
    return {
        "student_with_heads": (f"{title}, all tasks", model),
        "student": (f"{title}, the student alone", model.student),
        **each,
        "teachers": ("All teachers", Together(teachers).eval()),
        "teachers_with_heads": (
            "All teachers, routers and heads, all tasks",
            teachers_under_heads(teachers, model),
        ),
    }


def costs(
    model: list[Path], single_task: list[Path], multi_task: list[Path], weights: list[Path],
    costs: Path, *, config: CostsConfig,
) -> None:  # fmt: skip
    del weights  # where the teachers' own configurations say they are
    if len(model) > 1:
        raise UserError(f"report.show: {config.title} is a model per task; show one of all tasks")
    runtime = start(config.runtime, config.seed)
    teachers = open_teachers(config.teachers, runtime.device, runtime.autocast_dtype)
    found = models_of(load_model(model[0])[0], config.title, teachers)
    for name, title, files in (
        ("single_task", config.single_task, single_task),
        ("multi_task", config.multi_task, multi_task),
    ):
        if files:
            models = [load_model(file)[0] for file in files]
            found[name] = title, all_of(models, [file.parent.name for file in files])
    cases = {
        name: Case(title=title, model=each, image_size=config.image_size)
        for name, (title, each) in found.items()
    }
    with track("costs", {"image_size": config.image_size}) as run:
        result = as_data(measure(cases, runtime), runtime)
        run.summary({row["name"]: {"flops": row["flops"]} for row in result["rows"]})
    costs.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    run_rule(costs, snakemake)
