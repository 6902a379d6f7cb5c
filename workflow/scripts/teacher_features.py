"""Rule `teacher_features`: cache what one frozen teacher says about every view of every image."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from polytask.data.catalogue import describe_views
from polytask.data.labelled import MultiTaskDataset
from polytask.data.photos import PhotoCorpus
from polytask.data.views import RandomResizedCrop, ScaleAndCrop
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.teachers.caching import write_features
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.teachers.kept_shards import KeptShards
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class FeaturesConfig:
    """One teacher, and the views it sees: the very ones that the student is trained on."""

    name: str
    seed: int
    runtime: RuntimeConfig
    teacher: TeacherConfig
    images: Literal["photos", "labelled"]
    split: str
    num_classes: int
    image_size: tuple[int, int]
    num_views: int
    view: RandomResizedCrop | ScaleAndCrop
    layout: str = "nyud"


def open_images(root: Path, config: FeaturesConfig) -> PhotoCorpus | MultiTaskDataset:
    """The images of a corpus, or of a labelled set without its labels."""
    if config.images == "photos":
        return PhotoCorpus(root, config.split, config.image_size, config.view, seed=config.seed)
    return MultiTaskDataset(
        root, config.split, (), config.num_classes, config.view, config.image_size,
        layout=config.layout, seed=config.seed,
    )  # fmt: skip


def teacher_features(
    images: Path, weights: list[Path], index: Path, shards: list[Path], *, config: FeaturesConfig
) -> None:
    del weights  # where the teacher's own configuration says they are
    runtime, work = start(config.runtime, config.seed), saved_work()
    write_features(
        FrozenTeacher(config.teacher, runtime.autocast_dtype).to(runtime.device),
        open_images(images, config),
        config.num_views,
        index,
        shards,
        views=describe_views(config.view, config.seed, config.image_size),
        image_size=config.image_size,
        device=runtime.device,
        kept=KeptShards(*work) if work.folder else None,
        name=f"features of {config.name}",
    )


if __name__ == "__main__":
    run_rule(teacher_features, snakemake)
