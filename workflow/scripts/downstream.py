"""Rule `downstream`: stage 2, a student or a plain ViT trained on the labelled tasks."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytask.across_processes import ALONE, Processes
from polytask.data.catalogue import DatasetConfig, describe_views
from polytask.data.sampling import batches
from polytask.data.views import ScaleAndCrop
from polytask.models.files import (
    MODEL_FORMAT,
    STUDENT_FORMAT,
    initialise_stem,
    load_weights,
    read_config,
    save_model,
)
from polytask.models.multitask import MultiTaskModel, build_model
from polytask.models.sak import StudentConfig
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.tasks import num_outputs
from polytask.teachers.committee import CommitteeConfig, open_committee
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.curves import CurveWriter
from polytask.training.loop import fit
from polytask.training.objectives import DistillationObjective, MultiTaskObjective
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class DownstreamConfig:
    """A method of the table: `student` None starts from the plain ViT, `gamma` is Eq. (6)'s."""

    name: str
    seed: int
    runtime: RuntimeConfig
    student: str | None
    fusion: str
    gamma: float
    dataset: DatasetConfig
    tasks: tuple[str, ...]
    task_weights: dict[str, float]
    edge_pos_weight: float
    plain_student: StudentConfig
    initial_weights: str
    committee: CommitteeConfig
    alpha: float
    beta: float
    num_views: int
    view: ScaleAndCrop
    fit: FitConfig


def describe(config: DownstreamConfig, student: list[Path], classes: list[str]) -> dict[str, Any]:
    """The configuration of the model file: the stage-1 student's, with fusion and heads."""
    size = config.dataset.image_size
    if config.student is None:
        plain = asdict(replace(config.plain_student, image_size=size))
        backbone = {"student": plain, "teacher_dims": {}}
    else:
        distilled = read_config(student[0], STUDENT_FORMAT)
        backbone = {
            "student": {**distilled["student"], "image_size": size},
            "teacher_dims": distilled["teacher_dims"],
        }
    heads = {task: num_outputs(task, config.dataset.num_classes) for task in config.tasks}
    return {
        "format": MODEL_FORMAT, **backbone, "fusion": config.fusion, "tasks": heads,
        "classes": classes,
    }  # fmt: skip


def initialised(config: DownstreamConfig, description: dict, student: list[Path]) -> MultiTaskModel:
    """The model with its stem (stage 1's student, or the plain ViT) loaded."""
    network = build_model(description)
    if config.student is not None:
        load_weights(network.student, student[0])
    elif config.initial_weights != "random":
        initialise_stem(network.student, student[0] if student else "hub")
    return network


def objective(
    config: DownstreamConfig, runtime: Runtime, teachers: list[Path], sample_batches: Any
) -> MultiTaskObjective:
    """gamma L_distill + sum_t w_t L_t over this model's tasks."""
    distillation = None
    if config.gamma:
        views = describe_views(config.view, config.seed, config.dataset.image_size)
        committee = open_committee(
            config.committee, teachers, views, sample_batches, runtime.device,
            runtime.autocast_dtype,
        )  # fmt: skip
        distillation = DistillationObjective(committee.targets, config.alpha, config.beta)
    weights = {task: config.task_weights[task] for task in config.tasks}
    return MultiTaskObjective(weights, config.edge_pos_weight, config.gamma, distillation)


def downstream(
    labelled: Path,
    student: list[Path],
    teachers: list[Path],
    model: Path,
    model_config: Path,
    curves: Path,
    *,
    config: DownstreamConfig,
) -> None:
    del model_config  # written beside the model
    runtime = start(config.runtime, config.seed)
    on_gpu, workers = runtime.device.type == "cuda", config.fit.num_workers
    dataset = config.dataset.open(
        labelled, config.dataset.train_split, config.view, tasks=config.tasks, seed=config.seed,
        keep_in_memory=workers == 0,
    )  # fmt: skip

    def train_batches(
        first_step: int = 0, steps: int = config.fit.steps, share: Processes = runtime.processes
    ):
        return batches(
            dataset, config.fit.batch_size, steps, config.seed, config.num_views,
            num_workers=workers, rank=share.rank, world_size=share.world_size, pin_memory=on_gpu,
            first_step=first_step,
        )  # fmt: skip

    description = describe(config, student, dataset.class_names or [])
    network = initialised(config, description, student).to(runtime.device)
    name = config.name.replace("/", "-")
    with track(f"downstream {name}", asdict(config)) as run:
        fit(
            network,
            train_batches,
            objective(config, runtime, teachers, lambda: train_batches(steps=20, share=ALONE)),
            config.fit,
            runtime,
            on_log=CurveWriter(curves, run.log),
            checkpoint=Checkpoints(*saved_work()),
            name=f"stage 2, {name}",
        )
        save_model(model, network, description)


if __name__ == "__main__":
    run_rule(downstream, snakemake)
