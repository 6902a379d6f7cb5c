"""Rule `retention`: how much single-task performance is left as more tasks merge (SIMO, Fig. 1)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from polytask.merging.methods import bound
from polytask.merging.task_vectors import Weights
from polytask.metrics.gain import delta_m, normalised_performance
from polytask.models.multitask import MultiTaskModel
from polytask.pipeline.rule import run_rule
from polytask.progress import bar
from polytask.reporting.tables import write_rows
from polytask.training.runtime import start
from polytask.united import United, along, set_encoder
from polytask.validation import Scores, Validation, ValidationConfig

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


Subsets = Literal["all", "neighbours"]


@dataclass(frozen=True, kw_only=True)
class RetentionConfig(ValidationConfig):
    """Which subsets are merged, and how; of several `scales` the best on validation is taken.

    They are measured on the test split.
    """

    method: str
    subsets: Subsets
    scales: tuple[float, ...]
    options: dict[str, Any] = field(default_factory=dict)


def chosen(tasks: Sequence[str], how: Subsets, seed: int) -> Iterator[tuple[str, ...]]:
    """The subsets of two tasks and more, each in the order of the tasks.

    `neighbours` puts the tasks in a circle, drawn by the seed, and takes every run of neighbours:
    as many subsets of a size as there are tasks, with every task equally often, so that sizes
    differ in nothing but size.
    """
    if how == "all":
        for size in range(2, len(tasks) + 1):
            yield from combinations(tasks, size)
        return
    circle = np.random.default_rng(seed).permutation(len(tasks)).tolist() * 2
    for size in range(2, len(tasks)):
        for first in range(len(tasks)):
            yield tuple(tasks[number] for number in sorted(circle[first : first + size]))
    yield tuple(tasks)


@dataclass(frozen=True)
class Merged:
    """A subset of the tasks on the way from the base to `end`, their merged encoder at alpha 1."""

    united: United
    network: MultiTaskModel
    subset: tuple[str, ...]
    end: Weights

    def scores(self, scale: float, split: Validation) -> Scores:
        set_encoder(self.network, along(self.united.base, self.end, scale))
        return split.scores(self.network, self.subset)

    def best(self, scales: Sequence[float], split: Validation, baseline: Scores) -> float:
        """The scale with the highest Delta_m."""
        single_task = {task: baseline[task] for task in self.subset}
        return max(scales, key=lambda s: delta_m(self.scores(s, split), single_task, split.better))


def retention(
    labelled: Path,
    models: list[Path],
    base: Path,
    validated: Path,
    tested: Path,
    table: Path,
    *,
    config: RetentionConfig,
) -> None:
    runtime = start(config.runtime, config.seed)
    on_validation = json.loads(validated.read_text())
    on_test = {t: v["value"] for t, v in json.loads(tested.read_text())["tasks"].items()}
    several = len(config.scales) > 1
    validation = Validation(config, labelled, runtime) if several else None
    tests_on = replace(config, split=config.dataset.test_split, num_images=None)
    test = Validation(tests_on, labelled, runtime)
    united = United(models, base)
    encoders = {tasks[0]: e for tasks, e in zip(united.tasks, united.encoders, strict=True)}
    network, rows = united.network(united.base).to(runtime.device), []
    subsets = list(chosen(list(encoders), config.subsets, config.seed))
    method = bound(config.method, config.options, 1.0)
    with bar("retention", len(subsets), "subset") as progress:
        for subset in subsets:
            end = method(united.base, [encoders[task] for task in subset])
            merged = Merged(united, network, subset, end)
            scale = config.scales[0]
            if validation is not None:
                scale = merged.best(config.scales, validation, on_validation)
            kept = normalised_performance(merged.scores(scale, test), on_test, test.better)
            row = {"num_tasks": len(subset), "tasks": "+".join(subset), "scale": scale}
            rows.append({**row, "normalised": kept})
            progress.update()
    write_rows(table, rows)


if __name__ == "__main__":
    run_rule(retention, snakemake)
