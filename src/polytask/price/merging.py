"""What the jobs of SIMO take: looks at validation images, and re-alignment."""

from dataclasses import replace
from math import comb
from typing import Any

from polytask.price.costs import level_shapes
from polytask.price.descriptions import united
from polytask.price.jobs import Job
from polytask.price.stages import Ledger, Price
from polytask.price.trained import encoder_alone, paths_alone, paths_and_heads
from polytask.price.work import UNKNOWN, WEIGHT, Work, looking, training
from polytask.teachers.caching import required_bytes
from polytask.training.checkpoints import KEPT

MEASURING = ("fisher", "regmean")
"""Merges that look at examples in ways of their own, which are not counted."""


def validate(job: Job, ledger: Ledger) -> Work:
    """Every single-task model on the validation images."""
    costs = [ledger.costs.model(each) for each in ledger.models.models(job)]
    flops = sum(each.count.flops for each in costs)
    return looking(validated(job, ledger), flops, max(each.parameters for each in costs))


def merge(job: Job, ledger: Ledger) -> Work:
    """The merged model on the validation images, at every scale."""
    if job.config["method"] in MEASURING:
        return UNKNOWN
    return _searched(job, ledger, len(job.config["scales"]), written=True)


def adamerging(job: Job, ledger: Ledger) -> Work:
    """Coefficients, by gradients that reach every merged weight of the encoder.

    Memory adds the base, a task vector per task, and the merged weights with their gradients.
    """
    description = ledger.models.model(job.outputs[0])
    cost = ledger.costs.training(description, encoder_alone)
    work = training(job, replace(cost, trained=0), ledger.devices)
    encoders = len(job.inputs["models"]) + 3
    memory = work.memory + WEIGHT * encoders * cost.trained
    return replace(work, memory=memory, checkpoints=KEPT * WEIGHT * cost.parameters)


def tall_masks(job: Job, ledger: Ledger) -> Work:
    """Each task on its own masked encoder, at every threshold; a model per task is written."""
    models = ledger.models.models(job)
    costs = [ledger.costs.model(each) for each in models]
    flops = len(job.config["thresholds"]) * sum(each.count.flops for each in costs)
    largest = max(each.parameters for each in costs)
    written = sum(each.file_bytes for each in costs)
    return looking(validated(job, ledger), flops, largest, written)


def merged_features(job: Job, ledger: Ledger) -> Work:
    """The merged encoder on every view of the split; the cache is what `required_bytes` says."""
    config, description = job.config, ledger.models.model(job.inputs["model"][0])
    images = ledger.images.of(job.inputs["labelled"][0], config["split"])
    if images is None:
        return UNKNOWN
    cost = ledger.costs.model(description, [])
    written = required_bytes(level_shapes(description), images, config["num_views"])
    return looking(images * config["num_views"], cost.count.flops, cost.parameters, written)


def realign_head(job: Job, ledger: Ledger) -> Work:
    """A head alone, on cached features."""
    description = ledger.models.model(job.inputs["model"][0])
    return training(job, ledger.costs.head(description, job.config["task"]), ledger.devices)


def realign_heads(job: Job, ledger: Ledger) -> Work:
    """Files are put together."""
    cost = ledger.costs.model(ledger.models.model(job.outputs[0]))
    return Work(flops=0, written=cost.file_bytes)


def realign_representation(job: Job, ledger: Ledger) -> Work:
    """Low-rank paths, and the heads where they are trained too."""
    train = paths_and_heads if job.config["with_heads"] else paths_alone
    cost = ledger.costs.training(ledger.models.model(job.outputs[0]), train)
    return training(job, cost, ledger.devices)


def relationships(job: Job, ledger: Ledger) -> Work:
    """All tasks on each task's encoder, at every scale; scale 0 is the same for all tasks."""
    scales = job.config["scales"]
    looks = len(job.inputs["models"]) * sum(scale != 0 for scale in scales) + (0 in scales)
    return _searched(job, ledger, looks)


def retention(job: Job, ledger: Ledger) -> Work:
    """Every subset of the tasks on the test split, and at every scale on validation images."""
    config, description = job.config, united(ledger.models.models(job))
    test = ledger.images.of(job.inputs["labelled"][0], config["dataset"]["test_split"])
    small, scales = validated(job, ledger), len(config["scales"])
    if test is None or small is None:
        return UNKNOWN
    subsets = subsets_of_size(len(job.inputs["models"]), config["subsets"])
    whole, encoder = ledger.costs.model(description), ledger.costs.model(description, [])
    heads = (whole.count.flops - encoder.count.flops) / len(job.inputs["models"])
    once = sum(
        count * (encoder.count.flops + size * heads) for size, count in subsets.items()
    )  # every task is in equally many subsets of a size
    images = test + (scales * small if scales > 1 else 0)
    return looking(images, once, whole.parameters)


def subsets_of_size(num_tasks: int, how: str) -> dict[int, int]:
    """How many subsets of each size rule retention merges: all, or neighbours on a circle."""
    if how == "all":
        return {size: comb(num_tasks, size) for size in range(2, num_tasks + 1)}
    return {**dict.fromkeys(range(2, num_tasks), num_tasks), num_tasks: 1}


def _searched(job: Job, ledger: Ledger, looks: int, *, written: bool = False) -> Work:
    """A model of all tasks that looks so often at the validation images."""
    cost = ledger.costs.model(united(ledger.models.models(job)))
    file_bytes = cost.file_bytes if written else None
    images = validated(job, ledger)
    return looking(images, looks * cost.count.flops, cost.parameters, file_bytes)


def validated(job: Job, ledger: Ledger) -> int | None:
    """The images of the split that merging may look at, as many of them as it looks at."""
    config: Any = job.config
    images = ledger.images.of(job.inputs["labelled"][0], config["split"])
    if images is None or config["num_images"] is None:
        return images
    return min(images, config["num_images"])


MERGING: dict[str, Price] = {
    "validate": validate,
    "merge": merge,
    "adamerging": adamerging,
    "tall_masks": tall_masks,
    "merged_features": merged_features,
    "realign_head": realign_head,
    "realign_heads": realign_heads,
    "realign_representation": realign_representation,
    "relationships": relationships,
    "retention": retention,
}
