"""Rule `similarity`: how alike students and teachers have become on held-out images (Rep Sim)."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from polytask.beside_teachers import held_out, side_by_side
from polytask.data.sampling import Batch
from polytask.losses.distillation import match_grids
from polytask.metrics.similarity import centred_cosine
from polytask.models.files import load_student
from polytask.models.sak import Representations, Student
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.teachers.committee import open_teachers
from polytask.teachers.encoder import TeacherConfig
from polytask.teachers.features import FeatureStore
from polytask.teachers.targets import OnlineTargets, measure
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Maps = dict[str, list[Tensor]]


@dataclass(frozen=True, kw_only=True)
class SimilarityConfig:
    """Students, each with the teachers it is compared with, on `num_images` of the corpus's val."""

    seed: int
    runtime: RuntimeConfig
    students: dict[str, tuple[str, ...]]
    teachers: dict[str, TeacherConfig]
    image_size: tuple[int, int]
    standardise: bool
    num_images: int


def before_aligner(representations: Representations, teacher: str) -> list[Tensor]:
    """The student's maps that stand for a teacher, before any linear aligner."""
    return representations.experts.get(teacher, representations.stem)


def collect(
    student: Student, targets: OnlineTargets, batches: list[Batch], runtime: Runtime
) -> dict[str, Maps]:
    """Maps of all images: what the student says, before and after aligners, and the teachers."""
    found: dict[str, Maps] = {"aligned": {}, "before_aligner": {}, "teacher": {}}
    for representations, says in side_by_side(student, targets, batches, runtime):
        for name, maps in says.items():
            before = before_aligner(representations, name)
            groups = {"aligned": representations.aligned[name], "before_aligner": before}
            for key, levels in {**groups, "teacher": maps}.items():
                kept = found[key].setdefault(name, [torch.empty(0) for _ in levels])
                for at, level in enumerate(levels):
                    kept[at] = torch.cat([kept[at], level.float().cpu()])
    return found


def compare(student: list[Tensor], teacher: list[Tensor]) -> dict[str, Any] | None:
    """Cosines averaged over levels, centred and raw; None where the widths differ.

    `levels` are the centred ones before that average, the lowest level first.
    """
    if student[0].shape[1] != teacher[0].shape[1]:
        return None
    pairs = [match_grids(s, t) for s, t in zip(student, teacher, strict=True)]
    centred = [centred_cosine(*pair) for pair in pairs]
    return {
        "centred": fmean(centred),
        "levels": centred,
        "centred_per_position": fmean(centred_cosine(*pair, per_position=True) for pair in pairs),
        "raw": fmean(float(cosine_similarity(*pair, dim=1).mean()) for pair in pairs),
    }


def similarity(
    corpus: Path,
    students: list[Path],
    weights: list[Path],
    statistics: list[Path],
    similarity: Path,
    *,
    config: SimilarityConfig,
) -> None:
    del weights  # where the teachers' own configurations say they are
    runtime = start(config.runtime, config.seed)
    teachers = open_teachers(config.teachers, runtime.device, runtime.autocast_dtype)
    batches = held_out(corpus, config.image_size, config.num_images)
    num_images = sum(len(batch["image"]) for batch in batches)
    scales = None
    if config.standardise and statistics:
        scales = {
            name: FeatureStore(index).statistics
            for name, index in zip(config.teachers, statistics, strict=True)
        }
    elif config.standardise:  # teachers that were never cached are measured on these images
        sent = [runtime.send(batch) for batch in batches]
        scales = {name: measure(teacher, sent) for name, teacher in teachers.items()}
    result: dict[str, dict] = {}
    with track("similarity", {"num_images": num_images}) as run:
        for name, file in zip(config.students, students, strict=True):
            student = load_student(file)[0].to(runtime.device)
            its = {teacher: teachers[teacher] for teacher in config.students[name]}
            found = collect(student, OnlineTargets(its, scales), batches, runtime)
            result[name] = {
                teacher: {
                    **compare(found["aligned"][teacher], found["teacher"][teacher]),
                    "before_aligner": compare(
                        found["before_aligner"][teacher], found["teacher"][teacher]
                    ),
                }
                for teacher in its
            }
            run.summary({name: {t: value["centred"] for t, value in result[name].items()}})
    similarity.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    run_rule(similarity, snakemake)
