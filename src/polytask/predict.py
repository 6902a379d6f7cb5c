"""Every task of a trained model on photos of any size: files to look at and files to work with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate, normalize

from polytask.data.images import decode_image
from polytask.errors import UserError
from polytask.models.files import load_model
from polytask.models.inputs import model_images
from polytask.models.multitask import MultiTaskModel
from polytask.predictions import decode, one_or_more_channels
from polytask.progress import bar
from polytask.reporting.colours import CLASSES, colourise
from polytask.reporting.panels import grid, with_legend
from polytask.tasks import TASKS
from polytask.training.runtime import Runtime, RuntimeConfig, start

LONGEST = 20
"""How many times longer than wide a photo may be; the model sees its shorter side at `size`."""


@dataclass(frozen=True)
class Predictor:
    """A model, its classes, where it runs, and the shorter side in pixels at which it looks."""

    model: MultiTaskModel
    classes: Sequence[str]
    runtime: Runtime
    size: int

    @classmethod
    def load(cls, path: Path, device: str, size: int | None) -> "Predictor":
        """Read a model file; `size` None is the size that the model was trained at.

        Raises UserError where the file is missing or does not belong to its configuration, and
        for a size below one.
        """
        if size is not None and size < 1:
            raise UserError(f"--size {size}: give the shorter side in pixels, 1 or more")
        runtime = start(RuntimeConfig(device=device), seed=0)
        model, config = load_model(path)
        trained_at = min(config["student"]["image_size"])
        return cls(model.to(runtime.device), config["classes"], runtime, size or trained_at)

    @torch.inference_mode()
    def __call__(self, photo: Image.Image) -> dict[str, np.ndarray]:
        """Decoded predictions of every task at the photo's own size (H, W)."""
        small = photo.resize(self._small(photo), Image.Resampling.BICUBIC)
        pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1)[None]
        images = model_images(pixels).to(self.runtime.device)
        with self.runtime.autocast():
            outputs = self.model(images)
        size = photo.height, photo.width
        return {
            task: enlarged(task, values.float().cpu(), size)
            for task, values in outputs.predictions.items()
        }

    def _small(self, photo: Image.Image) -> tuple[int, int]:
        scale = self.size / min(photo.size)
        return tuple(max(1, round(side * scale)) for side in photo.size)


def enlarged(task: str, values: Tensor, size: tuple[int, int]) -> np.ndarray:
    """Raw outputs (1,C,h,w) of a task, bilinearly enlarged to `size` and decoded.

    Unit vectors are unit before they are interpolated; quantities keep float32.
    """
    kind = TASKS[task].kind
    if kind == "classes":
        return largest_channel(values, size)
    if kind == "unit_vectors":
        values = normalize(values, dim=1)
    values = interpolate(values, size=size, mode="bilinear", align_corners=False)
    if kind == "positive":
        return values[0, 0].clamp_min(0).numpy()
    if kind == "regression":
        return one_or_more_channels(values)[0].numpy()
    return decode(task, values)[0]


def largest_channel(values: Tensor, size: tuple[int, int]) -> np.ndarray:
    """Argmax over the channels of (1,C,h,w) once enlarged to `size`, as uint8 (H,W).

    One channel at a time: all of a large photo at once would take gigabytes.
    """
    best = torch.full(size, -torch.inf)
    ids = torch.zeros(size, dtype=torch.uint8)
    for channel in range(values.shape[1]):
        one = values[:, channel : channel + 1]
        one = interpolate(one, size=size, mode="bilinear", align_corners=False)[0, 0]
        ids[one > best] = channel
        torch.maximum(best, one, out=best)
    return ids.numpy()


def data_files(found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What to work with, by file name: integers for a .png, float32 for an .npy.

    The picture of a task whose label is the image itself is all there is of it.
    """
    files: dict[str, np.ndarray] = {}
    for task, values in found.items():
        kind = TASKS[task].kind
        if kind == "classes":
            files[f"{task}_ids.png"] = values.astype(np.uint8)
        elif kind == "binary":
            files[f"{task}_probability.png"] = _bytes(255 * values.astype(np.float32))
        elif kind == "unit_vectors":
            files[f"{task}_xyz.png"] = _bytes((values.astype(np.float32) + 1) * 127.5)
        elif task == "depth":
            files["depth_mm.png"] = (values * 1000).round().clip(0, 65535).astype(np.uint16)
        elif not TASKS[task].of_image:
            files[f"{task}.npy"] = values.astype(np.float32)
    return files


def _bytes(values: np.ndarray) -> np.ndarray:
    return values.round().astype(np.uint8)


def save_prediction(
    photo: Image.Image, found: Mapping[str, np.ndarray], classes: Sequence[str], folder: Path
) -> None:
    """Write what was found in a photo to `folder`.

    `{task}.png` to look at; to work with `{task}_ids.png` (classes, 8 bit), `edge_probability.png`
    (255 is one), `normals_xyz.png` (255 (n + 1) / 2; x right, y down, z forward), `depth_mm.png`
    (16 bit, millimetres), `{task}.npy` (other quantities, float32); `panel.png` with all tasks.
    """
    pictures = {task: colourise(task, values) for task, values in found.items()}
    captions = ["Photo", *(TASKS[task].title for task in pictures)]
    panel = grid([[np.array(photo), *pictures.values()]], captions, side=224)
    seen = np.unique(found["semseg"]) if "semseg" in found else ()
    legend = {classes[i]: tuple(CLASSES[i].tolist()) for i in seen if i < len(classes)}
    files: dict[str, Image.Image | np.ndarray] = {
        f"{task}.png": Image.fromarray(picture) for task, picture in pictures.items()
    }
    files |= data_files(found)
    files["panel.png"] = with_legend(panel, legend)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            partial = folder / f".{name}"
            _save(partial, content)
            partial.replace(folder / name)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written to: {error.strerror or error}") from error


def _save(path: Path, content: Image.Image | np.ndarray) -> None:
    if isinstance(content, np.ndarray) and path.suffix == ".npy":
        np.save(path, content)
    else:
        picture = Image.fromarray(content) if isinstance(content, np.ndarray) else content
        picture.save(path, "png")


def open_photo(path: Path) -> Image.Image:
    """A photo as RGB, turned upright; UserError naming the file where that fails."""
    if not path.is_file():
        raise UserError(f"{path}: no such photo")
    photo = decode_image(path.read_bytes(), str(path), upright=True)
    if max(photo.size) > LONGEST * min(photo.size):
        raise UserError(f"{path}: {photo.width} x {photo.height} is too narrow; crop it first")
    return photo


def predict(
    photos: Sequence[Path], out: Path, model: Path, *, size: int | None = None, device: str = "auto"
) -> list[Path]:
    """Predict every photo into a folder of its own below `out`; returns the panels.

    Raises UserError for two photos of one name, which would overwrite each other.
    """
    names = [photo.stem for photo in photos]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"two photos are called {min(twice)!r}: predict them into two folders")
    predictor = Predictor.load(model, device, size)
    panels: list[Path] = []
    with bar("predict", len(photos), "photo") as progress:
        for path, name in zip(photos, names, strict=True):
            photo = open_photo(path)
            save_prediction(photo, predictor(photo), predictor.classes, out / name)
            panels.append(out / name / "panel.png")
            progress.update()
    return panels
