"""Rule `biases`: what each frozen teacher is good at, against a plain ViT (SAK, Figure 1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any

import torch

from polytask.data.catalogue import DatasetConfig
from polytask.data.labelled import MultiTaskDataset
from polytask.data.sampling import in_order
from polytask.metrics.gain import gain_consistency, relative_gains
from polytask.metrics.multitask import task_metric
from polytask.models.inputs import model_images
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.protocols import better, protocol_of
from polytask.tasks import num_outputs
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.teachers.probe import RidgeProbe
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class BiasesConfig:
    """The teachers, the plain ViT they are measured against, and the probe's ridge strength."""

    seed: int
    runtime: RuntimeConfig
    dataset: DatasetConfig
    reference: TeacherConfig
    teachers: dict[str, TeacherConfig]
    ridge: float


@torch.inference_mode()
def probe(
    teacher: FrozenTeacher, train: MultiTaskDataset, test: MultiTaskDataset,
    config: BiasesConfig, runtime: Runtime,
) -> dict[str, float]:  # fmt: skip
    """Fit a ridge probe of every task on frozen features and judge it with the real metrics."""
    data = config.dataset
    channels = {task: num_outputs(task, data.num_classes) for task in data.tasks}
    ridge = RidgeProbe(channels, ridge=config.ridge)
    for batch in in_order(train, 20):
        sent = runtime.send(batch)
        ridge.update(teacher(model_images(sent["image"])), sent)
    ridge.solve()
    metrics = {
        task: task_metric(task, data.num_classes, data.edge_max_dist, data.protocols)
        for task in data.tasks
    }
    for batch in in_order(test, 20):
        features = teacher(model_images(runtime.send(batch)["image"]))
        for task, prediction in ridge.predict(features, tuple(batch["image"].shape[-2:])).items():
            metrics[task].update(prediction.cpu(), batch[task])
    return {task: metric.compute() for task, metric in metrics.items()}


def relative(
    found: dict[str, dict[str, float]], higher_is_better: Mapping[str, bool]
) -> dict[str, Any]:
    """Gains over the reference in percent, and how even they are (mu / sigma)."""
    gains = {
        name: relative_gains(values, found["reference"], higher_is_better)
        for name, values in found.items()
        if name != "reference"
    }
    return {
        "models": found,
        "reference": "reference",
        "relative": gains,
        "mu_sigma": {
            name: {
                "mu": fmean(gain.values()),
                "sigma": pstdev(gain.values()),
                "ratio": gain_consistency(gain),
            }
            for name, gain in gains.items()
        },
    }


def biases(labelled: Path, weights: list[Path], biases: Path, *, config: BiasesConfig) -> None:
    del weights  # where the teachers' own configurations say they are
    runtime = start(config.runtime, config.seed)
    data = config.dataset
    train, test = (
        data.open(labelled, split, keep_in_memory=True)
        for split in (data.train_split, data.test_split)
    )
    found = {}
    with track("biases", {"ridge": config.ridge}) as run:
        for name, teacher_config in {"reference": config.reference, **config.teachers}.items():
            teacher = FrozenTeacher(teacher_config, runtime.autocast_dtype).to(runtime.device)
            found[name] = probe(teacher, train, test, config, runtime)
            run.summary({name: found[name]})
    protocols = {task: protocol_of(task, data.protocols).name for task in data.tasks}
    result = {**relative(found, better(data.protocols)), "protocols": protocols}
    biases.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    run_rule(biases, snakemake)
