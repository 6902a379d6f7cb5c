"""What the numbers of Argus' tasks are called, read off its metrics.json files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polytask.errors import UserError
from polytask.protocols import digits_of
from polytask.tasks import TASKS

Metrics = Mapping[str, Any]
"""What a metrics.json of one model holds."""

TITLES = {
    "detection": "Object detection",
    "panoptic": "Panoptic segmentation",
    "anomaly": "Anomaly detection",
}
"""Of tasks that are not called as their names are."""

WORDS = {"iou": "IoU", "i": "image", "p": "pixel", "f": "F", "top1": "top-1", "top5": "top-5"} | {
    word: word.upper()
    for word in ("ap", "ap50", "ap75", "ar", "auroc", "ods", "pq", "rmse", "rq", "sq")
}
"""Words of metrics' names that are not written in small letters."""
MEASURED = ("metric", "unit", "higher_is_better", "dataset", "split", "num_images", "protocol")
"""What a metrics.json says of a task that has to be the same in all of them."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """The number that stands for a task: its metric, what that is in, which way is better, and of
    what it was taken, by which protocol. `core` tells a task of stage 1 from one adapted to later.
    """

    task: str
    metric: str
    unit: str
    higher_is_better: bool
    dataset: str
    split: str
    num_images: int
    protocol: str
    core: bool

    @property
    def title(self) -> str:
        """What the task is called."""
        return title_of(self.task)

    @property
    def metric_title(self) -> str:
        """What the metric is called."""
        return metric_title(self.metric)

    @property
    def column(self) -> str:
        """The column of the table."""
        return f"{self.task}_{self.metric}"

    @property
    def digits(self) -> int:
        """How many digits are printed after the point."""
        return digits_of(self.column)

    def best(self, values: Sequence[float]) -> float:
        """The best of some values."""
        return max(values) if self.higher_is_better else min(values)

    def gain(self, value: float, other: float) -> float:
        """How much better a value is than another one, in the units of the metric."""
        return value - other if self.higher_is_better else other - value


def title_of(task: str) -> str:
    """What a task is called: a dense one as everywhere else, another by its name."""
    if task in TASKS:
        return TASKS[task].title
    return TITLES.get(task, task.replace("_", " ").capitalize())


def metric_title(metric: str) -> str:
    """What a metric is called."""
    return " ".join(WORDS.get(word, word) for word in metric.split("_"))


def measures_in(metrics: Sequence[Metrics]) -> dict[str, Measure]:
    """How each task was measured, core tasks of any model first, each group in the files' order.

    Raises UserError where two models were not measured alike: they could not be compared.
    """
    core = {t for model in metrics for t, about in model["tasks"].items() if about["pretrained"]}
    found: dict[str, Measure] = {}
    for model in metrics:
        for task, about in model["tasks"].items():
            measure = Measure(
                task=task, core=task in core, **{name: about[name] for name in MEASURED}
            )
            known = found.setdefault(task, measure)
            for name in MEASURED:
                if (ours := about[name]) != (theirs := getattr(known, name)):
                    raise UserError(
                        f"{model['method']}: {name} of {task} is {ours!r}, that of other models "
                        f"{theirs!r}; evaluate all of them alike"
                    )
    return dict(sorted(found.items(), key=lambda item: not item[1].core))


def numbers_of(metrics: Sequence[Metrics], task: str) -> Iterator[tuple[str, list[float | None]]]:
    """Every number of a task by its name, one per model, None where a model lacks it."""
    of_each = [model["tasks"].get(task, {}).get("all", {}) for model in metrics]
    for name in dict.fromkeys(name for numbers in of_each for name in numbers):
        yield metric_title(name), [numbers.get(name) for numbers in of_each]
