"""What a model sees in one photo, once; for models with routers also what of it can be mixed anew.

Shapes: L levels, K experts (the stem first), H W pixels of the photo as the page shows it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from polytask.data.images import with_shorter_side
from polytask.demo.photos import as_shown
from polytask.drawing.colours import colourise, legends, value_span
from polytask.drawing.colours import is_quantity as has_a_scale
from polytask.models.given_gates import experts_of, predict_given, summing_to_one
from polytask.models.inputs import model_images
from polytask.models.sak import Representations
from polytask.predict import PhotoModel, Predictor, open_model
from polytask.predictions import enlarged
from polytask.tasks import TASKS

Legends = Mapping[str, Sequence[tuple[str, str]]]
"""Name and colour (#rrggbb) of each class that is there, by the task's title."""


@dataclass(frozen=True)
class Mixture:
    """What a student said of a photo, the routers' gates (1,L,K) and the decoded predictions.

    `image_hw` is the size at which the model looked.
    """

    representations: Representations
    image_hw: tuple[int, int]
    gates: Mapping[str, Tensor]
    found: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Look:
    """The photo (H,W,3), a picture per task, and, of models with routers, their mixture."""

    pixels: np.ndarray
    pictures: Mapping[str, np.ndarray]
    legends: Legends
    seconds: float
    mixture: Mixture | None = None


class Explorer(Protocol):
    """A model that looks at photos; `experts` are what its routers weigh, none without routers."""

    tasks: Sequence[str]
    experts: Sequence[str]
    levels: Sequence[int]

    def look(self, photo: Image.Image) -> Look:
        """All tasks of a photo."""
        ...


@dataclass(frozen=True)
class RoutedExplorer:
    """A model whose routers' gates can be given by hand."""

    predictor: Predictor

    @property
    def tasks(self) -> Sequence[str]:
        return self.predictor.tasks

    @property
    def experts(self) -> Sequence[str]:
        return experts_of(self.predictor.model)

    @property
    def levels(self) -> Sequence[int]:
        return self.predictor.model.fusion.levels

    @torch.inference_mode()
    def look(self, photo: Image.Image) -> Look:
        """All tasks of a photo; student, routers and heads run once."""
        begin, runtime = time.perf_counter(), self.predictor.runtime
        small = with_shorter_side(photo, self.predictor.size)
        images = model_images(torch.from_numpy(np.array(small)).permute(2, 0, 1)[None])
        with runtime.autocast():
            outputs = self.predictor.model(images.to(runtime.device), self.tasks)
        shown = as_shown(photo)
        size = shown.height, shown.width
        found = {t: _decoded(t, values, size) for t, values in outputs.predictions.items()}
        mixture = Mixture(
            outputs.representations, (small.height, small.width), outputs.gates, found
        )
        return Look(
            np.array(shown),
            {task: colourise(task, values) for task, values in found.items()},
            seen_classes(found, self.predictor.classes),
            time.perf_counter() - begin,
            mixture,
        )

    @torch.inference_mode()
    def again(self, look: Look, task: str, weights_LK: np.ndarray) -> np.ndarray:
        """A task's decoded prediction once the experts have these weights, which need not sum to
        one; only the mixture and the task's head run. Raises UserError for weights of zero.
        """
        mixture, runtime = look.mixture, self.predictor.runtime
        gates_BLK = summing_to_one(torch.from_numpy(weights_LK).float())[None].to(runtime.device)
        with runtime.autocast():
            values = predict_given(
                self.predictor.model, mixture.representations, task, gates_BLK, mixture.image_hw
            )
        return _decoded(task, values, look.pixels.shape[:2])


@dataclass(frozen=True)
class PlainExplorer:
    """A model without routers: its tasks and nothing else."""

    model: PhotoModel
    tasks: Sequence[str]
    classes: Sequence[str]
    experts: Sequence[str] = ()
    levels: Sequence[int] = ()

    def look(self, photo: Image.Image) -> Look:
        """All tasks of a photo, of the size at which it is shown."""
        begin, shown = time.perf_counter(), as_shown(photo)
        files = self.model.files(shown)
        pictures = {task: np.asarray(files[f"{task}.png"]) for task in self.tasks}
        ids = {t: files[f"{t}_ids.png"] for t in self.tasks if t in TASKS and _is_classes(t)}
        seconds = time.perf_counter() - begin
        return Look(np.array(shown), pictures, seen_classes(ids, self.classes), seconds)


def open_explorer(path: Path) -> RoutedExplorer | PlainExplorer:
    """The model in a file or folder that `polytask predict` takes; raises UserError as it does."""
    model = open_model(path, size=None, device="auto", tasks=None)
    if isinstance(model, Predictor):
        if experts_of(model.model):
            return RoutedExplorer(model)
        return PlainExplorer(model, model.tasks, model.classes)
    has_classes = "semseg" in model.tasks
    classes = model.model.space("semseg").classes if has_classes else ()
    return PlainExplorer(model, model.tasks, classes)


def picture(task: str, values: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Decoded values in colour, on the scale that the colours of `like` have."""
    span = value_span(task, like) if has_a_scale(task) else None
    return colourise(task, values, span)


def seen_classes(found: Mapping[str, np.ndarray], classes: Sequence[str]) -> Legends:
    """The legends of what of the classes is in decoded predictions."""
    seen = {}
    for task, values in found.items():
        for title, entries in legends([task], classes).items():
            ids = [each for each in np.unique(values) if each < len(entries)]
            seen[title] = [entries[each] for each in ids]
    return seen


def title_of(task: str) -> str:
    """What a task is called on the page."""
    return TASKS[task].title if task in TASKS else task.replace("_", " ").capitalize()


def _decoded(task: str, values: Tensor, size: tuple[int, int]) -> np.ndarray:
    return enlarged(task, values.float().cpu(), size)


def _is_classes(task: str) -> bool:
    return TASKS[task].kind == "classes"
