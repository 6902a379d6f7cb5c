"""The page's pictures: what was seen, what is true, what was predicted."""

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from polytask.reporting.colours import LABELS, colourise
from polytask.reporting.panels import grid

Samples = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Scene:
    """One image and its rows (label, a picture per task), all pictures as data URIs."""

    image: str
    rows: list[tuple[str, list[str]]]


def scenes(
    samples: Mapping[str, Samples], titles: Mapping[str, str], tasks: Sequence[str], count: int
) -> Iterator[Scene]:
    """The first `count` images: ground truth, then a row per method of `titles` that has samples.

    Truth and guesses of one depth map share one colour scale.
    """
    methods = [method for method in titles if method in samples]
    first = samples[methods[0]]
    for at in range(min(count, len(first["image"]))):
        far = {"depth": float(first["depth_target"][at].max())} if "depth" in tasks else {}
        truth = [picture_uri(t, first[f"{t}_target"][at], far.get(t)) for t in tasks]
        rows = [("Ground truth", truth)]
        for method in methods:
            guesses = [samples[method][f"{task}_prediction"][at] for task in tasks]
            pictures = [picture_uri(t, g, far.get(t)) for t, g in zip(tasks, guesses, strict=True)]
            rows.append((titles[method], pictures))
        yield Scene(data_uri(Image.fromarray(first["image"][at])), rows)


def picture_uri(task: str, values: np.ndarray, far: float | None) -> str:
    """The decoded values of one image in colour; label maps are kept exactly."""
    return data_uri(Image.fromarray(colourise(task, values, far)), exact=task in LABELS)


def data_uri(image: Image.Image, *, exact: bool = False) -> str:
    """A picture as a WebP data URI, for a page that needs no other file."""
    stream = io.BytesIO()
    image.save(stream, "webp", lossless=exact, quality=90)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()


def task_sheet(samples: Samples, tasks: Sequence[str], count: int, side: int = 112) -> Image.Image:
    """One picture with a row per sample: the image, then truth and prediction of every task."""
    captions = ["image"]
    for task in tasks:
        captions += [task.replace("_", " "), "predicted"]
    rows = []
    for at in range(min(count, len(samples["image"]))):
        row = [samples["image"][at]]
        for task in tasks:
            truth, guess = samples[f"{task}_target"][at], samples[f"{task}_prediction"][at]
            far = float(truth.max()) if task == "depth" else None
            row += [colourise(task, truth, far), colourise(task, guess, far)]
        rows.append(row)
    return grid(rows, captions, side)
