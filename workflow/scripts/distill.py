"""Rule `distill`: stage 1, the committee distilled into one student on unlabelled images."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from polytask.across_processes import ALONE
from polytask.data.catalogue import describe_views
from polytask.data.photos import PhotoCorpus
from polytask.data.views import RandomResizedCrop
from polytask.losses.matching import Matching
from polytask.models.files import STUDENT_FORMAT, initialise_stem, save_model
from polytask.models.multitask import create_student
from polytask.models.sak import StudentConfig
from polytask.pipeline.rule import run_rule
from polytask.teachers.committee import CommitteeConfig, open_committee
from polytask.teachers.phi_s import TurnedTargets, check_aligned, fold_back, measured_turns
from polytask.tracked import tracked_fit
from polytask.training.batches import train_batches
from polytask.training.config import FitConfig
from polytask.training.objectives import DistillationObjective, ManyToOneObjective, Targets
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

PHI_S_STEPS = 20
"""Batches that PHI-S measures the teachers' covariances on, before the first step."""


@dataclass(frozen=True, kw_only=True)
class DistillConfig:
    """`alpha`, `beta`: weights of the cosine and smooth-L1 distances (SAK, Eq. (5)).

    A many-to-one student in the style of others has its own `matching`; "phi_s" shows it the
    teachers' features as PHI-S turns them, "channel" as `committee` says.
    """

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
    matching: Matching | None = None
    standardise: Literal["channel", "phi_s"] = "channel"


def objective(config: DistillConfig, targets: Targets) -> DistillationObjective:
    """SAK's distance, or the one of a student in the style of others."""
    if config.matching is None:
        return DistillationObjective(targets, config.alpha, config.beta)
    return ManyToOneObjective(targets, config.matching)


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
    targets, turns = committee.targets, None
    if config.standardise == "phi_s":
        check_aligned(student)
        as_they_say = committee.as_they_say()
        sent = (runtime.send(batch) for batch in draw(steps=PHI_S_STEPS, share=ALONE)())
        turns = measured_turns(as_they_say, sent)
        targets = TurnedTargets(as_they_say, turns)
    tracked_fit(
        student,
        draw(),
        objective(config, targets),
        config.fit,
        runtime,
        curves=curves,
        run=f"distill {config.name}",
        params=asdict(config),
        title=f"stage 1, {config.name}",
    )
    if turns is not None:
        fold_back(student, turns, committee.statistics)
    description = {"student": asdict(config.student), "teacher_dims": committee.dims}
    save_model(model, student, {"format": STUDENT_FORMAT, **description})


if __name__ == "__main__":
    run_rule(distill, snakemake)
