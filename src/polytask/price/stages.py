"""What the jobs of SAK take: teachers, stage 1, stage 2, evaluation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from polytask.price.costs import Cost, Costs
from polytask.price.counting import on_meta
from polytask.price.descriptions import Descriptions, frozen_teacher, teacher_config
from polytask.price.images import Images
from polytask.price.jobs import Job
from polytask.price.trained import everything, heads_alone
from polytask.price.work import UNKNOWN, Beside, Devices, Work, looking, training
from polytask.teachers.caching import required_bytes
from polytask.teachers.encoder import TrainableEncoder
from polytask.teachers.pretraining.boundaries import Boundaries
from polytask.teachers.pretraining.dense_class import DenseClass
from polytask.teachers.pretraining.masked_autoencoder import MaskedAutoencoder


@dataclass(frozen=True)
class Ledger:
    """All that a rule's work is told from."""

    costs: Costs
    models: Descriptions
    images: Images
    devices: Devices


Price = Callable[[Job, Ledger], Work]


def pretrain_teacher(job: Job, ledger: Ledger) -> Work:
    """The encoder inside what its paradigm adds; the encoder alone is written."""
    config, encoder = job.config, teacher_config(job.config["teacher"])
    size, classes = config["image_size"], config["num_classes"]
    makes: dict[str, Callable[[], nn.Module]] = {
        "dense_class": lambda: DenseClass(TrainableEncoder(encoder), classes),
        "masked_autoencoder": lambda: MaskedAutoencoder(TrainableEncoder(encoder)),
        "boundaries": lambda: Boundaries(TrainableEncoder(encoder)),
    }
    paint = config["paradigm"] == "masked_autoencoder"
    run = _painted if paint else lambda module, images: [module(images)]
    key = [config["paradigm"], config["teacher"], size, classes]
    cost = ledger.costs.module(
        key, makes[config["paradigm"]], lambda module: run(module, torch.empty(1, 3, *size))
    )
    alone = on_meta(lambda: TrainableEncoder(encoder)).vit.state_dict()
    written = sum(value.nbytes for value in alone.values())
    return replace(training(job, cost, ledger.devices), written=written)


def _painted(module: MaskedAutoencoder, images: Tensor) -> list[Tensor]:
    """What a step of the masked autoencoder computes: hidden patches are not encoded."""
    images = module.encoder.prepare(images)
    patch = module.encoder.patch
    grid = images.shape[-2] // patch[0], images.shape[-1] // patch[1]
    order = torch.arange(grid[0] * grid[1])[None]
    visible = order[:, : max(1, round(order.shape[1] * (1 - module.mask_ratio)))]
    return [module.decode(module.encode_visible(images, visible), order, grid)]


def teacher_features(job: Job, ledger: Ledger) -> Work:
    """Every view of every image once; the cache is what `required_bytes` says."""
    config, size = job.config, tuple(job.config["image_size"])
    photos = config["images"] == "photos"
    images = ledger.images.of(job.inputs["images"][0], config["split"], photos=photos)
    if images is None:
        return UNKNOWN
    cost = ledger.costs.teacher(config["teacher"], size)
    shapes = frozen_teacher(config["teacher"]).shapes(size)
    written = required_bytes(shapes, images, config["num_views"])
    return looking(images * config["num_views"], cost.count.flops, cost.parameters, written)


def biases(job: Job, ledger: Ledger) -> Work:
    """Each teacher and the reference on both splits; the ridge regression is not counted."""
    dataset = job.config["dataset"]
    counts = [
        ledger.images.of(job.inputs["labelled"][0], dataset[split])
        for split in ("train_split", "test_split")
    ]
    models = [job.config["reference"], *job.config["teachers"].values()]
    costs = [ledger.costs.teacher(each, dataset["image_size"]) for each in models]
    images = None if None in counts else sum(counts)
    return looking(images, *_one_after_another(costs))


def distill(job: Job, ledger: Ledger) -> Work:
    """The student, and beside it the teachers where they are not cached."""
    description = ledger.models.student(job.outputs[0])
    beside = teachers_beside(job, job.config["image_size"], ledger)
    return training(job, ledger.costs.distillation(description), ledger.devices, beside)


def similarity(job: Job, ledger: Ledger) -> Work:
    """Each student, and beside each of them every teacher."""
    config = job.config
    students = [
        ledger.costs.student(ledger.models.student(file)) for file in job.inputs["students"]
    ]
    teachers = committee(config["teachers"], config["image_size"], ledger)
    flops = sum(each.count.flops + teachers.flops for each in students)
    largest = max((each.parameters for each in students), default=0)
    return looking(config["num_images"], flops, largest + teachers.parameters)


def norms(job: Job, ledger: Ledger) -> Work:
    """A student, twice, and beside it every teacher."""
    config = job.config
    student = ledger.costs.student(ledger.models.student(job.inputs["student"][0]))
    teachers = committee(config["teachers"], config["image_size"], ledger)
    flops = 2 * student.count.flops + teachers.flops
    return looking(config["num_images"], flops, student.parameters + teachers.parameters)


def downstream(job: Job, ledger: Ledger) -> Work:
    """A method on its tasks; gamma adds the distances to the teachers, and them where online."""
    config, description = job.config, ledger.models.model(job.outputs[0])
    train = heads_alone if config["frozen"] else everything
    distilled = bool(config["gamma"])
    cost = ledger.costs.training(description, train, distilled=distilled)
    size = config["dataset"]["image_size"]
    beside = teachers_beside(job, size, ledger) if distilled else None
    return training(job, cost, ledger.devices, beside)


def evaluate(job: Job, ledger: Ledger) -> Work:
    """Every model of a method on the test split; metrics are not counted, models of VTA unknown."""
    if any(ledger.models.maker[file].rule == "vta_train" for file in job.inputs["models"]):
        return UNKNOWN
    dataset = job.config["dataset"]
    images = ledger.images.of(job.inputs["labelled"][0], dataset["test_split"])
    costs = [ledger.costs.model(each) for each in ledger.models.models(job)]
    return looking(images, *_one_after_another(costs))


def teachers_beside(job: Job, image_size: Sequence[int], ledger: Ledger) -> Beside:
    """The committee of a training, where it runs in every step."""
    found = job.config["committee"]
    online = found["targets"] == "online"
    return committee(found["teachers"], image_size, ledger) if online else Beside()


def committee(
    teachers: Mapping[str, Mapping[str, Any]], image_size: Sequence[int], ledger: Ledger
) -> Beside:
    """All teachers on one image."""
    costs = [ledger.costs.teacher(each, tuple(image_size)) for each in teachers.values()]
    return Beside(sum(c.count.flops for c in costs), sum(c.parameters for c in costs))


def _one_after_another(costs: Sequence[Cost]) -> tuple[float, int]:
    """FLOPs of all on an image, parameters of the largest."""
    return sum(c.count.flops for c in costs), max((c.parameters for c in costs), default=0)


STAGES: dict[str, Price] = {
    "pretrain_teacher": pretrain_teacher,
    "teacher_features": teacher_features,
    "biases": biases,
    "distill": distill,
    "similarity": similarity,
    "norms": norms,
    "downstream": downstream,
    "evaluate": evaluate,
}
