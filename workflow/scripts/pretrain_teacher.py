"""Rule `pretrain_teacher`: train one of the demo's own teachers under its paradigm."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from polytask.data.nyud import MultiTaskDataset
from polytask.data.sampling import batches
from polytask.data.views import RandomResizedCrop
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.teachers.encoder import TeacherConfig, TrainableEncoder
from polytask.teachers.pretraining.boundaries import Boundaries
from polytask.teachers.pretraining.dense_class import DenseClass
from polytask.teachers.pretraining.masked_autoencoder import MaskedAutoencoder
from polytask.teachers.weights import save_encoder
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.curves import CurveWriter
from polytask.training.loop import fit
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

    share = runtime.processes

    def train_batches(first_step: int):
        return batches(
            dataset, config.fit.batch_size, config.fit.steps, config.seed, num_views=0,
            num_workers=config.fit.num_workers, rank=share.rank, world_size=share.world_size,
            pin_memory=runtime.device.type == "cuda", first_step=first_step,
        )  # fmt: skip

    paradigm = build(config).to(runtime.device)
    with track(f"pretrain {config.name}", asdict(config)) as run:
        fit(
            paradigm,
            train_batches,
            lambda module, batch: module.loss(batch),
            config.fit,
            runtime,
            on_log=CurveWriter(curves, run.log),
            checkpoint=Checkpoints(*saved_work()),
            name=f"teacher {config.name}",
        )
        save_encoder(paradigm.encoder.vit, model)


if __name__ == "__main__":
    run_rule(pretrain_teacher, snakemake)
