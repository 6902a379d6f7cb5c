"""What models score on a split that is held in memory: for searches that look at it many times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from polytask.data.catalogue import DatasetConfig
from polytask.data.sampling import Batch, batches_of
from polytask.metrics.multitask import task_metric
from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel
from polytask.protocols import better, protocol_of
from polytask.training.runtime import Runtime, RuntimeConfig

Scores = dict[str, float]
"""The metric of every task, in its protocol's unit."""


@dataclass(frozen=True, kw_only=True)
class ValidationConfig:
    """A split of a data set, of which the first `num_images` are looked at (None: all)."""

    seed: int
    runtime: RuntimeConfig
    dataset: DatasetConfig
    split: str
    batch_size: int
    num_images: int | None = None


class Validation:
    """The images of one split with the labels of all tasks; of which more is `better`."""

    def __init__(self, config: ValidationConfig, labelled: Path, runtime: Runtime) -> None:
        self.dataset, self.runtime = config.dataset, runtime
        self.better = better(config.dataset.protocols)
        images = config.dataset.open(labelled, config.split)
        keys = range(len(images))[: config.num_images]
        self.batches = list(batches_of(images, keys, config.batch_size))

    @torch.inference_mode()
    def scores(self, network: MultiTaskModel, tasks: Sequence[str] | None = None) -> Scores:
        """What `network`, on the runtime's device, scores at `tasks` (default: all that it has)."""
        wanted = list(tasks or network.heads)
        metrics = {task: self._metric(task) for task in wanted}
        for batch in self.batches:
            with self.runtime.autocast():
                outputs = network(model_images(self.runtime.send(batch)["image"]), wanted)
            for task, metric in metrics.items():
                metric.update(outputs.predictions[task].float().cpu(), batch[task])
        return {task: metric.compute() for task, metric in metrics.items()}

    def examples(self) -> Iterator[Batch]:
        """The images one by one, as batches of one on the runtime's device."""
        for batch in self.batches:
            for at in range(len(batch["image"])):
                yield self.runtime.send({key: value[at : at + 1] for key, value in batch.items()})

    def named(self, scores: Scores) -> dict[str, float]:
        """The same under the names that columns of tables have."""
        chosen = self.dataset.protocols
        return {protocol_of(task, chosen).column: value for task, value in scores.items()}

    def _metric(self, task: str) -> Any:
        data = self.dataset
        return task_metric(task, data.num_classes, data.edge_max_dist, data.protocols)
