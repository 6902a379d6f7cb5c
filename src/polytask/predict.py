"""Every task of a trained model on photos of any size: files to look at and files to work with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image

from polytask.data.images import decode_image, with_shorter_side
from polytask.drawing.colours import CLASSES, colourise
from polytask.errors import UserError, advice
from polytask.models.files import load_model
from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel
from polytask.predictions import data_files, enlarged
from polytask.progress import bar
from polytask.reporting.panels import photo_panel
from polytask.tasks import TASKS
from polytask.training.runtime import Runtime, RuntimeConfig, start

LONGEST = 20
"""How many times longer than wide a photo may be; the model sees its shorter side at `size`."""

Files = Mapping[str, Any]
"""What to write by file name: pictures and arrays (.png), arrays (.npy), plain data (.json)."""


class PhotoModel(Protocol):
    """Finds something in photos."""

    def files(self, photo: Image.Image) -> Files:
        """What was found in a photo, as files; one of them is panel.png."""
        ...


@dataclass(frozen=True)
class Predictor:
    """A model, its classes, where it runs, the shorter side in pixels at which it looks, its tasks
    of interest.
    """

    model: MultiTaskModel
    classes: Sequence[str]
    runtime: Runtime
    size: int
    tasks: Sequence[str]

    @classmethod
    def load(
        cls, path: Path, device: str, size: int | None, tasks: Sequence[str] | None = None
    ) -> "Predictor":
        """Read a model file; `size` None is the size that the model was trained at.

        Raises UserError where the file is missing or does not belong to its configuration, and
        for a task that is none of the model's.
        """
        runtime = start(RuntimeConfig(device=device), seed=0)
        model, config = load_model(path)
        trained_at = min(config["student"]["image_size"])
        wanted = chosen_tasks(tasks, list(config["tasks"]))
        return cls(model.to(runtime.device), config["classes"], runtime, size or trained_at, wanted)

    @torch.inference_mode()
    def __call__(self, photo: Image.Image) -> dict[str, np.ndarray]:
        """Decoded predictions of every task at the photo's own size (H, W)."""
        small = with_shorter_side(photo, self.size)
        pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1)[None]
        images = model_images(pixels).to(self.runtime.device)
        with self.runtime.autocast():
            outputs = self.model(images).predictions
        size = photo.height, photo.width
        return {task: enlarged(task, outputs[task].float().cpu(), size) for task in self.tasks}

    def files(self, photo: Image.Image) -> Files:
        """What was found in a photo, as files.

        `{task}.png` to look at; to work with `{task}_ids.png` (classes, 8 bit),
        `edge_probability.png` (255 is one), `normals_xyz.png` (255 (n + 1) / 2; x right, y down,
        z forward), `depth_mm.png` (16 bit, millimetres), `{task}.npy` (other quantities, float32);
        `panel.png` with all tasks.
        """
        found = self(photo)
        pictures = {task: colourise(task, values) for task, values in found.items()}
        seen = np.unique(found["semseg"]) if "semseg" in found else ()
        legend = {
            self.classes[i]: tuple(CLASSES[i].tolist()) for i in seen if i < len(self.classes)
        }
        titled = {TASKS[task].title: picture for task, picture in pictures.items()}
        return {
            **{f"{task}.png": picture for task, picture in pictures.items()},
            **data_files(found),
            "panel.png": photo_panel(np.array(photo), titled, legend),
        }


def chosen_tasks(wanted: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    """The tasks that are asked for, or all; UserError for one that the model does not have."""
    for task in wanted or ():
        if task not in known:
            raise UserError(f"--tasks: this model has no task {task!r}; {advice(task, known)}")
    return known if wanted is None else list(dict.fromkeys(wanted))


def open_model(
    path: Path, *, size: int | None, device: str, tasks: Sequence[str] | None
) -> PhotoModel:
    """The model in a file, or that of Argus in a folder of results/argus."""
    if size is not None and size < 1:
        raise UserError(f"--size {size}: give the shorter side in pixels, 1 or more")
    if not (path / "backbone").is_dir():
        return Predictor.load(path, device, size, tasks)
    from polytask.argus.files import load  # late: other models need none of its libraries
    from polytask.argus.predict import ArgusPredictor

    model = load(path)
    wanted = chosen_tasks(tasks, model.tasks)
    trained_at = model.backbone.config.student.image_size
    runtime = start(RuntimeConfig(device=device), seed=0)
    return ArgusPredictor(
        model.to(runtime.device), wanted, runtime, size or min(trained_at), trained_at
    )


def write_files(folder: Path, files: Files) -> None:
    """Write files to `folder`, each complete or not at all; UserError where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            partial = folder / f".{name}"
            _save(partial, content)
            partial.replace(folder / name)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written to: {error.strerror or error}") from error


def _save(path: Path, content: Any) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps(content, indent=1) + "\n")
    elif path.suffix == ".npy":
        np.save(path, content)
    else:
        picture = Image.fromarray(content) if isinstance(content, np.ndarray) else content
        picture.save(path, "png")


def open_photo(path: Path) -> Image.Image:
    """A photo as RGB, turned upright; UserError naming the file where that fails."""
    if not path.is_file():
        raise UserError(f"{path}: no such photo")
    return decode_photo(path.read_bytes(), str(path))


def decode_photo(data: bytes, name: str) -> Image.Image:
    """The photo in `data` as RGB, turned upright; UserError with `name` where that fails."""
    photo = decode_image(data, name, upright=True)
    if max(photo.size) > LONGEST * min(photo.size):
        raise UserError(f"{name}: {photo.width} x {photo.height} is too narrow; crop it first")
    return photo


def predict(
    photos: Sequence[Path], out: Path, model: Path, *, size: int | None = None,
    device: str = "auto", tasks: Sequence[str] | None = None,
) -> list[Path]:  # fmt: skip
    """Predict `tasks` (default: all) of every photo into a folder of its own below `out`.

    Returns the panels. Raises UserError for two photos of one name, which would overwrite each
    other, and for a task that the model does not have.
    """
    names = [photo.stem for photo in photos]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"two photos are called {min(twice)!r}: predict them into two folders")
    opened = open_model(model, size=size, device=device, tasks=tasks)
    panels: list[Path] = []
    with bar("predict", len(photos), "photo") as progress:
        for path, name in zip(photos, names, strict=True):
            write_files(out / name, opened.files(open_photo(path)))
            panels.append(out / name / "panel.png")
            progress.update()
    return panels
