"""What one core is timed at: rooms, views, training steps, forward passes, metrics, a probe."""

import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from polytask.data.labelled import MultiTaskDataset
from polytask.data.rooms.write import write_rooms
from polytask.data.sampling import Batch, batches_of
from polytask.data.views import ScaleAndCrop
from polytask.losses.multitask import LossConfig
from polytask.metrics.multitask import task_metric
from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel, build_model
from polytask.pipeline.arguments import build
from polytask.price.timing.examples import LABELLED, PATHS, PLAIN, Example
from polytask.tasks import num_outputs
from polytask.teachers.probe import RidgeProbe
from polytask.training.config import FitConfig
from polytask.training.objectives import DistillationObjective, MultiTaskObjective
from polytask.training.runtime import Runtime, RuntimeConfig, start
from polytask.training.state import TrainingState

SECONDS = 2.0
"""Training steps and forward passes are timed for so long; what is less, for half a second."""
ROOMS = 8
"""How many are rendered of each size; they differ."""
LARGEST_STEP = 1e11
"""FLOPs of a timed step, about: it has as many images as that takes, at most a batch."""
OWN_SIZE, OWN_STYLE = 96, "day"
"""Of the rooms, where the plan renders none."""


def measured(trainings: Mapping[str, Example], rooms: list[tuple[int, str]]) -> dict[str, Any]:
    """The numbers of `speeds.Speeds` but for `starting`, on this core."""
    begin, worked = time.perf_counter(), time.process_time()
    example = next(iter(trainings.values()))
    runtime = start(build(RuntimeConfig, example.config["runtime"], "runtime"), seed=0)
    with tempfile.TemporaryDirectory() as folder:
        rendering = {}
        for size, style in rooms or [(OWN_SIZE, OWN_STYLE)]:
            archive = Path(folder) / f"{size}.tar"
            _render(archive, size, style, 1)  # the first one is slower
            rendering[str(size)] = once(partial(_render, archive, size, style)) / ROOMS
        smallest = Path(folder) / f"{min(map(int, rendering))}.tar"
        images = _images(smallest, example.config)
        found = {"rendering": rendering, **_views(images, len(images))}
        batch = next(batches_of(images, range(ROOMS), ROOMS))
    models = {kind: build_model(each.description) for kind, each in trainings.items()}
    looker = PLAIN if PLAIN in trainings else PATHS
    return {
        **found,
        "looking": _looking(models[looker], trainings[looker], batch, runtime),
        "training": {
            kind: _training(models[kind], each, batch, runtime) for kind, each in trainings.items()
        },
        "judging": {task: _judging(task, example.config, batch) for task in images.tasks},
        "probing": _probing(batch, example.config, images.tasks),
        "share": (time.process_time() - worked) / (time.perf_counter() - begin),
    }


def timed(run: Callable[[], Any], least: float = SECONDS) -> float:
    """Seconds of one `run`, after a first: the mean of as many as there are in `least` seconds."""
    run()  # the first one is slower
    begin, runs = time.perf_counter(), 0
    while not runs or time.perf_counter() - begin < least:
        run()
        runs += 1
    return (time.perf_counter() - begin) / runs


def once(run: Callable[[], Any]) -> float:
    """Seconds of a `run` that is no slower the first time."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def _render(archive: Path, size: int, style: str, count: int = ROOMS) -> None:
    write_rooms(archive, {"train": range(count)}, size=size, style=style)


def _images(archive: Path, config: Mapping[str, Any]) -> MultiTaskDataset:
    """Rooms as the data set of the plan shows its images, with the labels that they have."""
    data = config["dataset"]
    size = tuple(data["image_size"])
    view = build(ScaleAndCrop, config["view"], "view")
    tasks = [task for task in data["tasks"] if task in LABELLED]
    return MultiTaskDataset(
        archive, "train", tasks, data["num_classes"], view, size, keep_in_memory=True
    )


def _views(images: MultiTaskDataset, count: int) -> dict[str, float]:
    """Seconds of an image that is read from its file, and of a view of one in memory."""

    def read() -> None:
        images.memory = {}
        for index in range(count):
            images[index]

    reading = once(read) / count
    numbers = cycle(range(count))
    viewing = timed(lambda: images[next(numbers), 0], least=0.5)
    return {"reading": reading, "viewing": viewing}


def _training(model: MultiTaskModel, each: Example, batch: Batch, runtime: Runtime) -> float:
    """FLOP/s of whole steps: forward pass, losses, backward pass, AdamW."""
    fit = build(FitConfig, each.config["fit"], "fit")
    part = _first(batch, _at_once(fit.batch_size, each.step_flops))
    objective = _objective(model, each, part)
    state = TrainingState(model.train(), fit, runtime)

    def step() -> None:
        state.forget_gradients()
        with runtime.autocast():
            parts = objective(model, part)
        state.add_gradient(parts)
        state.update()

    return len(part["image"]) * each.step_flops / timed(step)


def _objective(model: MultiTaskModel, each: Example, batch: Batch) -> MultiTaskObjective:
    """What stage 2 minimises; teachers say something at random."""
    config = each.config
    weights = {task: config["task_weights"][task] for task in config["tasks"]}
    losses = build(LossConfig, config["losses"], "losses")
    if not config["gamma"]:
        return MultiTaskObjective(weights, losses)
    with torch.no_grad():
        aligned = model.student(model_images(batch["image"])).aligned
    said = {name: [torch.randn_like(level) for level in maps] for name, maps in aligned.items()}
    distillation = DistillationObjective(lambda _: said, config["alpha"], config["beta"])
    return MultiTaskObjective(weights, losses, config["gamma"], distillation)


@torch.inference_mode()
def _looking(model: MultiTaskModel, each: Example, batch: Batch, runtime: Runtime) -> float:
    """FLOP/s of forward passes."""
    part = _first(batch, _at_once(ROOMS, each.look_flops))
    model.eval()

    def look() -> None:
        with runtime.autocast():
            model(model_images(part["image"]))

    return len(part["image"]) * each.look_flops / timed(look)


def _judging(task: str, config: Mapping[str, Any], batch: Batch) -> float:
    """Seconds of a task's metric for an image; boundaries as a network blurs them, with noise."""
    data, labels = config["dataset"], batch[task]
    shape = len(labels), num_outputs(task, data["num_classes"]), *labels.shape[-2:]
    predictions = torch.randn(shape)
    if task == "edge":
        edges = (labels == 1).float()
        predictions = 8 * F.avg_pool2d(edges, 3, 1, 1) - 4 + predictions / 4
    protocols = data.get("protocols", {})

    def judge() -> None:
        metric = task_metric(task, data["num_classes"], data["edge_max_dist"], protocols)
        metric.update(predictions, labels)
        metric.compute()

    return timed(judge, least=0.5) / len(labels)


def _probing(batch: Batch, config: Mapping[str, Any], tasks: tuple[str, ...]) -> float:
    """Seconds of a ridge probe of all tasks for an image, from features as wide as a teacher's."""
    data = config["dataset"]
    probe = RidgeProbe({task: num_outputs(task, data["num_classes"]) for task in tasks})
    student = config["plain_student"]
    patch = student["model_args"].get("patch_size", 16)
    grid = [side // patch for side in data["image_size"]]
    width = student["model_args"].get("embed_dim", 768)
    features = [torch.randn(len(batch["image"]), width, *grid) for _ in student["levels"]]
    return timed(lambda: probe.update(features, batch), least=0.5) / len(batch["image"])


def _at_once(wanted: int, flops: float) -> int:
    return int(max(1, min(wanted, ROOMS, LARGEST_STEP // flops)))


def _first(batch: Batch, count: int) -> dict[str, Tensor]:
    return {key: value[:count] for key, value in batch.items()}
