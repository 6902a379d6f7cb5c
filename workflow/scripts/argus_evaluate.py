"""Rule `argus_evaluate`: judge all tasks of a model of Argus, each by its own protocol."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from polytask.argus.data import TaskData, sample_of
from polytask.argus.decoder import LabelSpace
from polytask.argus.files import assemble
from polytask.argus.model import ArgusModel
from polytask.argus.task import Metric
from polytask.argus.tasks import VISION_TASKS
from polytask.data.sampling import in_order
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.progress import bar
from polytask.protocols import PROTOCOLS, protocol_of
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class JudgedTask(TaskData):
    """A task, the data set that judges it and where that lies."""

    name: str
    root: Path
    core: bool


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """A model's name and title, what judges it, and how many pictures of each task to keep."""

    name: str
    title: str
    seed: int
    runtime: RuntimeConfig
    tasks: dict[str, JudgedTask]
    batch_size: int
    num_samples: int


@dataclass
class Findings:
    """What is gathered of one task."""

    space: LabelSpace
    metric: Metric
    num_images: int
    pictures: dict[str, list[np.ndarray]] = field(default_factory=dict)


def groups(tasks: dict[str, JudgedTask]) -> Iterator[tuple[JudgedTask, list[str]]]:
    """Tasks that look at the same images: the backbone runs once for all of a group."""
    by_images: dict[Any, list[str]] = {}
    for name, task in tasks.items():
        by_images.setdefault((str(task.root), task.dataset.test_split, task.crop), []).append(name)
    for names in by_images.values():
        yield tasks[names[0]], names


def judge(
    model: ArgusModel, images: Any, names: Iterable[str], findings: dict[str, Findings],
    config: EvaluateConfig, runtime: Runtime,
) -> None:  # fmt: skip
    """One pass over the images of a group."""
    with bar("evaluate", len(images), "image") as progress:
        for batch in in_order(images, config.batch_size):
            with runtime.autocast():
                found = model.predict(runtime.send({"image": batch["image"]})["image"], names)
            for at in range(len(batch["image"])):
                for task, predictions in found.items():
                    add(findings[task], task, predictions[at], sample_of(batch, at), config)
            progress.update(len(batch["image"]))


def add(
    about: Findings, task: str, prediction: Any, sample: dict[str, Any], config: EvaluateConfig
) -> None:
    """Count one image's prediction, and paint it if it is among the first."""
    about.metric.update(prediction, sample)
    kept = about.pictures.setdefault("prediction", [])
    if len(kept) < config.num_samples:
        pixels = sample["image"].permute(1, 2, 0).numpy()
        about.pictures.setdefault("image", []).append(pixels)
        kept.append(VISION_TASKS[task].draw(pixels, prediction, about.space))


def argus_evaluate(
    labelled: list[Path], backbone: Path, decoders: list[Path], metrics: Path, samples: Path,
    *, config: EvaluateConfig,
) -> None:  # fmt: skip
    del labelled  # roots of the tasks
    runtime = start(config.runtime, config.seed)
    model = assemble(backbone, decoders).to(runtime.device)
    findings: dict[str, Findings] = {}
    with track(f"evaluate {config.name}", {}) as run, torch.inference_mode():
        for group, names in groups(config.tasks):
            images, space = group.open(group.root, names, train=False)
            for task in names:
                metric = VISION_TASKS[task].metric(space)
                findings[task] = Findings(space, metric, len(images))
            judge(model, images, names, findings, config, runtime)
        numbers = {task: findings[task].metric.compute() for task in config.tasks}
        run.summary({task: numbers[task][VISION_TASKS[task].metric_name] for task in numbers})
    result = {
        "method": config.name,
        "title": config.title,
        "tasks": {
            task: described(task, config.tasks[task], findings[task], numbers[task], model)
            for task in config.tasks
        },
        "backbone_parameters": count(model.backbone),
        "adapter_parameters": count(getattr(model.backbone.student, "adapter", None)),
        "num_parameters": count(model),
    }
    metrics.write_text(json.dumps(result, indent=2) + "\n")
    pictures = {
        f"{task}_{kind}": np.stack(values)
        for task, about in findings.items()
        for kind, values in about.pictures.items()
    }
    np.savez_compressed(samples, **pictures)


def described(
    task: str, judged: JudgedTask, about: Findings, numbers: dict[str, float], model: ArgusModel
) -> dict[str, Any]:
    """A task's numbers, and how they came about."""
    own, protocol = VISION_TASKS[task], judged.dataset.protocols
    return {
        "metric": own.metric_name,
        "value": numbers[own.metric_name],
        "protocol": protocol_of(task, protocol).name if task in PROTOCOLS else own.metric_name,
        "unit": own.unit,
        "higher_is_better": own.higher_is_better,
        "all": numbers,
        "dataset": judged.name,
        "split": judged.dataset.test_split,
        "num_images": about.num_images,
        "decoder": model.names[task],
        "decoder_of": model.trained_as(task),
        "decoder_parameters": count(model.decoders[task]),
        "pretrained": judged.core,
    }


def count(module: Any) -> int:
    """The number of a module's weights; none has none."""
    return 0 if module is None else sum(p.numel() for p in module.parameters())


if __name__ == "__main__":
    run_rule(argus_evaluate, snakemake)
