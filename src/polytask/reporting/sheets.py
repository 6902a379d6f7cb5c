"""The page's pictures: what was seen, what is true, what was predicted."""

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from polytask.drawing.colours import LABELS, Span, colourise, is_quantity, value_span
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

    Truth and guesses of one map of a quantity share one colour scale.
    """
    methods = [method for method in titles if method in samples]
    first = samples[methods[0]]
    for at in range(min(count, len(first["image"]))):
        spans = {t: span_of(t, first[f"{t}_target"][at]) for t in tasks}
        truth = [picture_uri(t, first[f"{t}_target"][at], spans[t]) for t in tasks]
        rows = [("Ground truth", truth)]
        for method in methods:
            guesses = [samples[method][f"{task}_prediction"][at] for task in tasks]
            pictures = [picture_uri(t, g, spans[t]) for t, g in zip(tasks, guesses, strict=True)]
            rows.append((titles[method], pictures))
        yield Scene(data_uri(Image.fromarray(first["image"][at])), rows)


def span_of(task: str, truth: np.ndarray) -> Span | None:
    """All that the true values of a quantity span; None where there are none, or no quantity."""
    if not is_quantity(task) or not np.nan_to_num(truth).any():
        return None
    return value_span(task, truth, share=1.0)


def picture_uri(task: str, values: np.ndarray, span: Span | None) -> str:
    """The decoded values of one image in colour; label maps are kept exactly."""
    return data_uri(Image.fromarray(colourise(task, values, span)), exact=task in LABELS)


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
            span = span_of(task, truth)
            row += [colourise(task, truth, span), colourise(task, guess, span)]
        rows.append(row)
    return grid(rows, captions, side)
