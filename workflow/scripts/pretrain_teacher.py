"""Rule `pretrain_teacher`: train one of the demo's own teachers under its paradigm."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from polytask.data.labelled import MultiTaskDataset
from polytask.data.views import RandomResizedCrop
from polytask.pipeline.rule import run_rule
from polytask.teachers.encoder import TeacherConfig, TrainableEncoder
from polytask.teachers.pretraining.boundaries import Boundaries
from polytask.teachers.pretraining.dense_class import DenseClass
from polytask.teachers.pretraining.masked_autoencoder import MaskedAutoencoder
from polytask.teachers.weights import save_encoder
from polytask.tracked import tracked_fit
from polytask.training.batches import train_batches
from polytask.training.config import FitConfig
from polytask.training.runtime import RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Paradigm = DenseClass | MaskedAutoencoder | Boundaries
LABELS = {"dense_class": ("semseg",), "masked_autoencoder": (), "boundaries": ("edge",)}


@dataclass(frozen=True, kw_only=True)
class PretrainConfig:
    """The teacher's encoder, its paradigm, and the views of the corpus that it is trained on."""

    name: str
    seed: int
    runtime: RuntimeConfig
    teacher: TeacherConfig
    paradigm: Literal["dense_class", "masked_autoencoder", "boundaries"]
    fit: FitConfig
    num_classes: int
    image_size: tuple[int, int]
    view: RandomResizedCrop


def build(config: PretrainConfig) -> Paradigm:
    """The encoder, from scratch, inside what its paradigm adds for training."""
    encoder = TrainableEncoder(replace(config.teacher, weights="random"))
    if config.paradigm == "dense_class":
        return DenseClass(encoder, config.num_classes)
    if config.paradigm == "masked_autoencoder":
        return MaskedAutoencoder(encoder, seed=config.seed)
    return Boundaries(encoder)


def pretrain_teacher(corpus: Path, model: Path, curves: Path, *, config: PretrainConfig) -> None:
    runtime = start(config.runtime, config.seed)
    dataset = MultiTaskDataset(
        corpus, "train", LABELS[config.paradigm], config.num_classes, config.view,
        config.image_size, seed=config.seed, keep_in_memory=config.fit.num_workers == 0,
    )  # fmt: skip
    paradigm = build(config).to(runtime.device)
    tracked_fit(
        paradigm,
        train_batches(dataset, config.fit, runtime, seed=config.seed, num_views=0),
        lambda module, batch: module.loss(batch),
        config.fit,
        runtime,
        curves=curves,
        run=f"pretrain {config.name}",
        params=asdict(config),
        title=f"teacher {config.name}",
    )
    save_encoder(paradigm.encoder.vit, model)


if __name__ == "__main__":
    run_rule(pretrain_teacher, snakemake)
