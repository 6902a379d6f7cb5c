"""How many images every job judges by the metric of each task, and how many it probes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from polytask.price.jobs import Job
from polytask.price.merging import subsets_of_size, validated
from polytask.price.stages import Ledger


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Images by task, how many images are read for it, and how many a ridge probe is fitted to."""

    images: Mapping[str, float] = field(default_factory=dict)
    read: float = 0
    probed: float = 0


NOTHING = Judged()


def judged(job: Job, ledger: Ledger) -> Judged:
    """What a job judges; nothing where its rule does not, or the images are not known."""
    count = JUDGING.get(job.rule)
    return count(job, ledger) if count else NOTHING


def _evaluate(job: Job, ledger: Ledger) -> Judged:
    """Each model of a method at its own tasks."""
    images = _split(job, ledger, "test_split")
    tasks = _tasks(job, ledger)
    return Judged(images=dict.fromkeys(tasks, images), read=images * len(job.inputs["models"]))


def _validate(job: Job, ledger: Ledger) -> Judged:
    return _looks(job, ledger, 1)


def _merge(job: Job, ledger: Ledger) -> Judged:
    """At every scale."""
    return _looks(job, ledger, len(job.config["scales"]))


def _tall_masks(job: Job, ledger: Ledger) -> Judged:
    """Every task at every threshold."""
    return _looks(job, ledger, len(job.config["thresholds"]))


def _relationships(job: Job, ledger: Ledger) -> Judged:
    """All tasks on each task's encoder at every scale; scale 0 is the same for all."""
    scales = job.config["scales"]
    looks = len(job.inputs["models"]) * sum(scale != 0 for scale in scales) + (0 in scales)
    return _looks(job, ledger, looks)


def _retention(job: Job, ledger: Ledger) -> Judged:
    """The tasks of every subset on the test split, and at every scale where there are several."""
    tasks, scales = _tasks(job, ledger), len(job.config["scales"])
    test, small = _split(job, ledger, "test_split"), validated(job, ledger) or 0
    sizes = subsets_of_size(len(tasks), job.config["subsets"])
    each_task = sum(size * count for size, count in sizes.items()) / len(tasks)
    images = test + (scales * small if scales > 1 else 0)
    return Judged(images=dict.fromkeys(tasks, each_task * images), read=test + small)


def _biases(job: Job, ledger: Ledger) -> Judged:
    """Every teacher and the reference, by a ridge probe of each."""
    models = 1 + len(job.config["teachers"])
    train, test = (_split(job, ledger, split) for split in ("train_split", "test_split"))
    images = dict.fromkeys(job.config["dataset"]["tasks"], models * test)
    return Judged(images=images, read=train + test, probed=models * train)


def _looks(job: Job, ledger: Ledger, looks: int) -> Judged:
    """So many looks of all tasks at the validation images, which are read once."""
    images = validated(job, ledger) or 0
    return Judged(images=dict.fromkeys(_tasks(job, ledger), looks * images), read=images)


def _tasks(job: Job, ledger: Ledger) -> list[str]:
    return [task for model in ledger.models.models(job) for task in model["tasks"]]


def _split(job: Job, ledger: Ledger, which: str) -> int:
    return ledger.images.of(job.inputs["labelled"][0], job.config["dataset"][which]) or 0


JUDGING: dict[str, Callable[[Job, Ledger], Judged]] = {
    "evaluate": _evaluate,
    "validate": _validate,
    "merge": _merge,
    "tall_masks": _tall_masks,
    "relationships": _relationships,
    "retention": _retention,
    "biases": _biases,
}
