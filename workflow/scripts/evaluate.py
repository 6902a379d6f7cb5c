"""Rule `evaluate`: judge one method on the test split by the protocols of its data set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from polytask.data.catalogue import DatasetConfig
from polytask.data.sampling import in_order
from polytask.metrics.multitask import Metric, task_metric
from polytask.models.files import load_model
from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.predictions import decode
from polytask.progress import bar
from polytask.protocols import protocol_of
from polytask.training.runtime import Runtime, RuntimeConfig, start

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """A method's name and title, the data set that judges it, and how many samples to keep."""

    name: str
    title: str
    seed: int
    runtime: RuntimeConfig
    dataset_name: str
    dataset: DatasetConfig
    batch_size: int
    num_samples: int


@dataclass
class Findings:
    """What one pass over the test split gathers, over all models of a method."""

    metrics: dict[str, Metric]
    num_samples: int
    gates: dict[str, list[np.ndarray]] = field(default_factory=dict)
    samples: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, batch: Mapping[str, Any], outputs: Any) -> None:
        """Count a batch's predictions, its gates, and keep the first samples as pictures."""
        for task, prediction in outputs.predictions.items():
            self.metrics[task].update(prediction.float().cpu(), batch[task].cpu())
            self._keep(f"{task}_prediction", decode(task, prediction.float().cpu()))
            self._keep(f"{task}_target", decode(task, batch[task].cpu(), is_label=True))
        for task, gates_BLK in outputs.gates.items():
            self.gates.setdefault(task, []).append(gates_BLK.float().cpu().numpy())

    def keep_images(self, batch: Mapping[str, Any]) -> None:
        self._keep("image", batch["image"].permute(0, 2, 3, 1).cpu().numpy())

    def _keep(self, name: str, values: np.ndarray) -> None:
        kept = self.samples.setdefault(name, [])
        kept.extend(values[: max(0, self.num_samples - len(kept))])


@torch.inference_mode()
def judge(
    network: MultiTaskModel, dataset: Any, batch_size: int, runtime: Runtime, findings: Findings
) -> None:
    """One pass of `network` over `dataset`."""
    with bar("evaluate", len(dataset), "image") as progress:
        for batch in in_order(dataset, batch_size):
            with runtime.autocast():
                outputs = network(model_images(runtime.send(batch)["image"]))
            findings.add(batch, outputs)
            findings.keep_images(batch)
            progress.update(len(batch["image"]))


def evaluate(
    labelled: Path, models: list[Path], metrics: Path, samples: Path, *, config: EvaluateConfig
) -> None:
    runtime = start(config.runtime, config.seed)
    data = config.dataset
    about = {task: protocol_of(task, data.protocols) for task in data.tasks}
    findings = Findings(
        {
            task: task_metric(task, data.num_classes, data.edge_max_dist, data.protocols)
            for task in data.tasks
        },
        config.num_samples,
    )
    parameters, experts, classes = 0, [], []
    with track(f"evaluate {config.name}", {"dataset": config.dataset_name}) as run:
        for file in models:
            network, description = load_model(file)
            tasks = tuple(description["tasks"])
            dataset = data.open(labelled, data.test_split, tasks=tasks)
            judge(network.to(runtime.device), dataset, config.batch_size, runtime, findings)
            parameters += sum(p.numel() for p in network.parameters())
            experts, classes = ["stem", *description["teacher_dims"]], description["classes"]
        values = {task: metric.compute() for task, metric in findings.metrics.items()}
        run.summary(values)
    result = {
        "method": config.name,
        "title": config.title,
        "dataset": config.dataset_name,
        "split": data.test_split,
        "num_images": len(dataset),
        "tasks": {
            task: {"metric": about[task].metric, "value": value, "protocol": about[task].name}
            for task, value in values.items()
        },
        "experts": experts,
        "gates": {task: np.concatenate(g).mean(0).tolist() for task, g in findings.gates.items()},
        "num_parameters": parameters,
        "classes": classes,
    }
    metrics.write_text(json.dumps(result, indent=2) + "\n")
    np.savez_compressed(samples, **{k: np.stack(v) for k, v in findings.samples.items()})


if __name__ == "__main__":
    run_rule(evaluate, snakemake)
