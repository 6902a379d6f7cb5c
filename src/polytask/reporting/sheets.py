"""Sheets of pictures: what was seen, what is true, what was predicted."""

import base64
import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from polytask.reporting.colours import colourise

GAP, CAPTION = 4, 16
PAPER, INK = (255, 255, 255), (40, 40, 46)


def grid(rows: Sequence[Sequence[np.ndarray]], captions: Sequence[str], side: int) -> Image.Image:
    """Pictures (H,W,3) in rows, scaled to `side` px in height, captions above the columns."""
    pictures = [[_scaled(picture, side) for picture in row] for row in rows]
    widths = [max(row[at].width for row in pictures) for at in range(len(captions))]
    size = sum(widths) + GAP * (len(widths) - 1), CAPTION + len(rows) * (side + GAP) - GAP
    sheet = Image.new("RGB", size, PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    left = 0
    for at, (caption, width) in enumerate(zip(captions, widths, strict=True)):
        draw.text((left + 1, 1), caption, fill=INK, font=font)
        for number, row in enumerate(pictures):
            sheet.paste(row[at], (left, CAPTION + number * (side + GAP)))
        left += width + GAP
    return sheet


def task_sheet(
    samples: Mapping[str, np.ndarray], tasks: Sequence[str], count: int, side: int = 112
) -> Image.Image:
    """A row per sample image: the image, then truth and prediction of every task."""
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


def data_uri(image: Image.Image) -> str:
    """A picture as a PNG data URI, for a page that needs no other file."""
    stream = io.BytesIO()
    image.save(stream, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _scaled(picture: np.ndarray, side: int) -> Image.Image:
    image = Image.fromarray(picture)
    width = max(1, round(image.width * side / image.height))
    return image.resize(
        (width, side),
        Image.Resampling.NEAREST if side >= image.height else Image.Resampling.LANCZOS,
    )
