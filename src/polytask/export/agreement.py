"""Whether ONNX Runtime finds in a photo what the model itself finds.

Shapes: B images, C outputs of a task, H W pixels.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from polytask.errors import UserError
from polytask.export.graph import INPUT, Maps
from polytask.tasks import TASKS

LARGEST_DIFFERENCE = 1e-4
"""Of a task's map, as a share of its largest absolute value."""
SAME_LABELS = 0.999
"""The share of pixels that must have the same class."""


def photo(size: tuple[int, int]) -> Tensor:
    """A photo (1,3,H,W) in [0, 1]: NASA's portrait of E. Collins, which scikit-image brings."""
    with files("skimage.data").joinpath("astronaut.png").open("rb") as file:
        image = Image.open(file).convert("RGB").resize(size[::-1], Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255


@torch.no_grad()
def check_graph(file: Path, model: nn.Module, tasks: Sequence[str], size: tuple[int, int]) -> None:
    """Raise UserError unless the graph gives the model's maps, of one image and of several.

    They may differ by LARGEST_DIFFERENCE; of classes SAME_LABELS of all pixels must agree.
    """
    image = photo(size)
    expected = Maps(model, tasks).eval()
    for images in (image, torch.cat([image, image.flip(3), 1 - image])):
        found = _run(file, images, tasks)
        for task, own, other in zip(tasks, expected(images), found, strict=True):
            _compare(task, own.numpy(), other)


def _run(file: Path, images_B3HW: Tensor, tasks: Sequence[str]) -> list[np.ndarray]:
    import onnxruntime  # late: everything else works without it

    try:
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        return session.run(list(tasks), {INPUT: images_B3HW.numpy()})
    except Exception as error:  # it has many kinds, and no parent of them all
        why = " ".join(str(error).split())
        raise UserError(f"--onnx: ONNX Runtime cannot run the graph: {why}") from error


def _compare(task: str, own_BCHW: np.ndarray, other_BCHW: np.ndarray) -> None:
    difference = float(np.abs(own_BCHW - other_BCHW).max() / max(np.abs(own_BCHW).max(), 1e-12))
    if not difference <= LARGEST_DIFFERENCE:  # NaN is no agreement either
        raise UserError(
            f"--onnx: ONNX Runtime gives another map of {task} than torch, by {difference:.2g} of "
            f"its largest value (allowed: {LARGEST_DIFFERENCE:.2g}); nothing was written"
        )
    if TASKS[task].kind != "classes":
        return
    same = float((own_BCHW.argmax(1) == other_BCHW.argmax(1)).mean())
    if same <= SAME_LABELS:
        raise UserError(
            f"--onnx: ONNX Runtime gives another class of {task} in {1 - same:.2%} of all pixels; "
            "nothing was written"
        )
