"""Every task of a trained model on photos of any size: files to look at and files to work with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from polytask.predictions import decode
from polytask.progress import bar
from polytask.reporting.colours import colourise
from polytask.reporting.sheets import grid
from polytask.tasks import TASKS
from polytask.training.runtime import Runtime, RuntimeConfig, start


@dataclass(frozen=True)
class Predictor:
    """A model, where it runs, and the shorter side in pixels at which it looks at a photo."""

    model: MultiTaskModel
    runtime: Runtime
    size: int

    @classmethod
    def load(cls, path: Path, device: str, size: int | None) -> "Predictor":
        """Read a model file; `size` None is the size that the model was trained at.

        Raises UserError where the file is missing or does not belong to its configuration.
        """
        runtime = start(RuntimeConfig(device=device), seed=0)
        model, config = load_model(path)
        return cls(model.to(runtime.device), runtime, size or min(config["student"]["image_size"]))

    @torch.inference_mode()
    def __call__(self, photo: Image.Image) -> dict[str, np.ndarray]:
        """Decoded predictions of every task at the photo's own size (H, W)."""
        pixels = torch.from_numpy(
            np.array(photo.resize(self._small(photo), Image.Resampling.BICUBIC))
        )
        images = model_images(pixels.permute(2, 0, 1)[None]).to(self.runtime.device)
        with self.runtime.autocast():
            outputs = self.model(images)
        size = photo.height, photo.width
        return {
            task: decode(task, enlarged(task, values.float().cpu(), size))[0]
            for task, values in outputs.predictions.items()
        }

    def _small(self, photo: Image.Image) -> tuple[int, int]:
        scale = self.size / min(photo.size)
        return tuple(max(1, round(side * scale)) for side in photo.size)


def enlarged(task: str, values: Tensor, size: tuple[int, int]) -> Tensor:
    """Raw outputs (1,C,h,w) at `size`; normals are unit before they are interpolated."""
    if task == "normals":
        values = normalize(values, dim=1)
    return interpolate(values, size=size, mode="bilinear", align_corners=False)


def save_prediction(photo: Image.Image, found: dict[str, np.ndarray], folder: Path) -> None:
    """Write what was found in a photo to `folder`.

    `{task}.png` to look at; `semseg_ids.png`, `human_parts_ids.png` (8 bit) and `depth_mm.png`
    (16 bit, millimetres) to work with; `panel.png` with everything side by side.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {task: colourise(task, values) for task, values in found.items()}
    files: dict[str, Image.Image] = {
        f"{task}.png": Image.fromarray(picture) for task, picture in pictures.items()
    }
    for task in ("semseg", "human_parts"):
        if task in found:
            files[f"{task}_ids.png"] = Image.fromarray(found[task])
    if "depth" in found:
        millimetres = (found["depth"].astype(np.float32) * 1000).clip(0, 65535)
        files["depth_mm.png"] = Image.fromarray(millimetres.astype(np.uint16))
    captions = ["photo", *(TASKS[task].title for task in pictures)]
    files["panel.png"] = grid([[np.array(photo), *pictures.values()]], captions, side=224)
    for name, picture in files.items():
        partial = folder / f".{name}"
        picture.save(partial, "png")
        partial.replace(folder / name)


def open_photo(path: Path) -> Image.Image:
    """A photo as RGB, turned upright; UserError naming the file where that fails."""
    if not path.is_file():
        raise UserError(f"{path}: no such photo")
    return decode_image(path.read_bytes(), str(path), upright=True)


def predict(
    photos: Sequence[Path], out: Path, model: Path, *, size: int | None = None, device: str = "auto"
) -> list[Path]:
    """Predict every photo into a folder of its own below `out`; returns the panels.

    Raises UserError for two photos of one name, which would overwrite each other.
    """
    names = [photo.stem for photo in photos]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"two photos are called {twice.pop()!r}: predict them into two folders")
    predictor = Predictor.load(model, device, size)
    panels: list[Path] = []
    progress: Any
    with bar("predict", len(photos), "photo") as progress:
        for path, name in zip(photos, names, strict=True):
            photo = open_photo(path)
            save_prediction(photo, predictor(photo), out / name)
            panels.append(out / name / "panel.png")
            progress.update()
    return panels
