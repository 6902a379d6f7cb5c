"""Rule `distill`: stage 1, the committee distilled into one student on unlabelled images."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.across_processes import ALONE
from polytask.data.catalogue import describe_views
from polytask.data.photos import PhotoCorpus
from polytask.data.views import RandomResizedCrop
from polytask.models.files import STUDENT_FORMAT, initialise_stem, save_model
from polytask.models.multitask import create_student
from polytask.models.sak import StudentConfig
from polytask.pipeline.rule import run_rule
from polytask.teachers.committee import CommitteeConfig, open_committee
from polytask.tracked import tracked_fit
from polytask.training.batches import train_batches
from polytask.training.config import FitConfig
from polytask.training.objectives import DistillationObjective
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class DistillConfig:
    """`alpha`, `beta`: weights of the cosine and smooth-L1 distances (SAK, Eq. (5))."""

    name: str
    seed: int
    runtime: RuntimeConfig
    student: StudentConfig
    initial_weights: str
    committee: CommitteeConfig
    alpha: float
    beta: float
    image_size: tuple[int, int]
    num_views: int
    view: RandomResizedCrop
    fit: FitConfig


def distill(
    corpus: Path,
    initial: list[Path],
    teachers: list[Path],
    model: Path,
    model_config: Path,
    curves: Path,
    *,
    config: DistillConfig,
) -> None:
    del model_config  # written beside the model
    runtime = start(config.runtime, config.seed)
    dataset = PhotoCorpus(
        corpus, "train", config.image_size, config.view, seed=config.seed,
        keep_in_memory=config.fit.num_workers == 0,
    )  # fmt: skip
    draw = partial(
        train_batches, dataset, config.fit, runtime, seed=config.seed, num_views=config.num_views
    )
    committee = open_committee(
        config.committee, teachers, describe_views(config.view, config.seed, config.image_size),
        draw(steps=20, share=ALONE), runtime.device, runtime.autocast_dtype,
    )  # fmt: skip
    student = create_student(config.student, committee.dims)
    if config.initial_weights != "random":
        initialise_stem(student, initial[0] if initial else "hub")
    student.to(runtime.device)
    tracked_fit(
        student,
        draw(),
        DistillationObjective(committee.targets, config.alpha, config.beta),
        config.fit,
        runtime,
        curves=curves,
        run=f"distill {config.name}",
        params=asdict(config),
        title=f"stage 1, {config.name}",
    )
    description = {"student": asdict(config.student), "teacher_dims": committee.dims}
    save_model(model, student, {"format": STUDENT_FORMAT, **description})


if __name__ == "__main__":
    run_rule(distill, snakemake)
