"""Rule `downstream`: stage 2, a student or a plain ViT trained on the labelled tasks."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytask.across_processes import ALONE
from polytask.data.catalogue import DatasetConfig, describe_views
from polytask.data.part import Part
from polytask.data.views import ScaleAndCrop
from polytask.errors import UserError
from polytask.losses.multitask import LossConfig
from polytask.models.encoder import describe_encoder
from polytask.models.files import (
    MODEL_FORMAT,
    STUDENT_FORMAT,
    initialise_stem,
    load_model,
    load_state,
    load_weights,
    read_config,
    save_model,
)
from polytask.models.mlore.config import MloreConfig
from polytask.models.multitask import MultiTaskModel, build_model
from polytask.models.sak import StudentConfig
from polytask.pipeline.rule import run_rule
from polytask.tasks import num_outputs
from polytask.teachers.committee import CommitteeConfig, open_committee
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.tracked import tracked_fit
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import BalancedObjective, build_balancing
from polytask.training.batches import train_batches
from polytask.training.config import FitConfig
from polytask.training.effort import write_effort
from polytask.training.objectives import DistillationObjective, MultiTaskObjective
from polytask.training.repetition import seed_of
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class DownstreamConfig:
    """A method of the table: `student` None starts from the plain ViT, `gamma` is Eq. (6)'s.

    `frozen` trains the heads alone (probing). `encoder` is what stands under them in the place of
    a student, as teachers look at images. A method may instead `start` from the
    encoder and heads of another one, as fine-tuning after probing does. `share` is how much of the
    training images it sees (SAK, Figure 5), in every `repetition` the same ones. `plain_student`
    may have an adapter (Argus). `mlore` are the sizes of the head of that name. A model of one
    task has nothing to balance.
    """

    name: str
    seed: int
    runtime: RuntimeConfig
    student: str | None
    encoder: TeacherConfig | None
    start: str | None
    frozen: bool
    share: float
    fusion: str
    head: str
    gamma: float
    dataset: DatasetConfig
    tasks: tuple[str, ...]
    task_weights: dict[str, float]
    balancing: BalancingConfig
    losses: LossConfig
    plain_student: StudentConfig
    initial_weights: str
    committee: CommitteeConfig
    alpha: float
    beta: float
    num_views: int
    view: ScaleAndCrop
    fit: FitConfig
    mlore: MloreConfig | None = None
    repetition: int = 0


def describe(config: DownstreamConfig, student: list[Path], classes: list[str]) -> dict[str, Any]:
    """The configuration of the model file: of its student or encoder, with fusion and heads."""
    size = config.dataset.image_size
    if config.encoder is not None:
        encoder = describe_encoder(config.encoder)
        backbone = {"student": {**encoder, "image_size": size}, "teacher_dims": {}}
    elif config.student is None:
        plain = asdict(replace(config.plain_student, image_size=size))
        backbone = {"student": plain, "teacher_dims": {}}
    else:
        distilled = read_config(student[0], STUDENT_FORMAT)
        backbone = {
            "student": {**distilled["student"], "image_size": size},
            "teacher_dims": distilled["teacher_dims"],
        }
    heads = {task: num_outputs(task, config.dataset.num_classes) for task in config.tasks}
    sizes = {"mlore": asdict(config.mlore)} if config.head == "mlore" else {}
    return {
        "format": MODEL_FORMAT, **backbone, "fusion": config.fusion, "head": config.head, **sizes,
        "tasks": heads, "classes": classes,
    }  # fmt: skip


def initialised(
    config: DownstreamConfig, description: dict, student: list[Path], origin: list[Path]
) -> MultiTaskModel:
    """The model with what it starts from: another model's weights, or a stem under new heads."""
    network = build_model(description)
    if origin:
        other = load_model(origin[0])[0].state_dict()
        own = {key: other[key] for key in network.state_dict() if key in other}
        load_state(network, own, str(origin[0]))
    elif config.encoder is not None:
        weights = FrozenTeacher(config.encoder).state_dict()
        load_state(network.student, weights, config.encoder.model)
    elif config.student is not None:
        load_weights(network.student, student[0])
    elif config.initial_weights != "random":
        initialise_stem(network.student, student[0] if student else "hub")
    if config.frozen:
        network.student.requires_grad_(False)
    else:
        network.student.train_all()
    return network


def objective(
    config: DownstreamConfig, runtime: Runtime, teachers: list[Path], sample_batches: Any,
    teacher_dims: dict[str, int],
) -> MultiTaskObjective:  # fmt: skip
    """gamma L_distill + sum_t w_t L_t over this model's tasks; its paths have `teacher_dims`."""
    distillation = None
    if config.gamma:
        views = describe_views(config.view, config.seed, config.dataset.image_size)
        committee = open_committee(
            config.committee, teachers, views, sample_batches, runtime.device,
            runtime.autocast_dtype,
        )  # fmt: skip
        check_teachers(str(config.student), teacher_dims, committee.dims)
        distillation = DistillationObjective(committee.targets, config.alpha, config.beta)
    weights = {task: config.task_weights[task] for task in config.tasks}
    parts = weights, config.losses, config.gamma, distillation
    if config.balancing.method == "fixed" or len(weights) == 1:
        return MultiTaskObjective(*parts)
    balancing = build_balancing(config.balancing, len(weights), runtime.device)
    return BalancedObjective(*parts, balancing=balancing)


def check_teachers(name: str, student: dict[str, int], committee: dict[str, int]) -> None:
    """Raise UserError where a student was not distilled from teachers of these names and widths."""
    if student != committee:
        raise UserError(
            f"distill.students.{name}: its paths are for {student}, the committee is {committee}; "
            "name the same teachers, or set the method's gamma: 0"
        )


def downstream(
    labelled: Path,
    student: list[Path],
    origin: list[Path],
    teachers: list[Path],
    model: Path,
    model_config: Path,
    curves: Path,
    gates: Path,
    effort: Path,
    *,
    config: DownstreamConfig,
) -> None:
    del model_config  # written beside the model
    seed = seed_of(config.seed, config.repetition)
    runtime = start(config.runtime, seed)
    images = config.dataset.open(
        labelled, config.dataset.train_split, config.view, tasks=config.tasks, seed=config.seed,
        keep_in_memory=config.fit.num_workers == 0,
    )  # fmt: skip
    dataset = Part(images, config.share, config.seed)
    draw = partial(
        train_batches, dataset, config.fit, runtime, seed=seed, num_views=config.num_views
    )
    description = describe(config, student, images.class_names or [])
    network = initialised(config, description, student, origin).to(runtime.device)
    name = config.name.replace("/", "-")
    steps = tracked_fit(
        network,
        draw(),
        objective(
            config, runtime, teachers, draw(steps=20, share=ALONE), description["teacher_dims"]
        ),
        config.fit,
        runtime,
        curves=curves,
        gates=gates,
        run=f"downstream {name}",
        params=asdict(config),
        title=f"stage 2, {name}",
    )
    save_model(model, network, description)
    write_effort(effort, network, steps, config.fit.batch_size, len(dataset))


if __name__ == "__main__":
    run_rule(downstream, snakemake)
