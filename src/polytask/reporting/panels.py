"""Captioned pictures side by side in one image, with a legend of colours below."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP = 4
ACROSS = 7
PAPER, INK = (255, 255, 255), (40, 40, 46)
Colour = tuple[int, int, int]


def grid(rows: Sequence[Sequence[np.ndarray]], captions: Sequence[str], side: int) -> Image.Image:
    """Pictures (H,W,3) in rows, scaled to `side` px in height, captions above the columns."""
    pictures = [[_scaled(picture, side) for picture in row] for row in rows]
    widths = [max(row[at].width for row in pictures) for at in range(len(captions))]
    font = ImageFont.load_default(max(11, side // 14))
    top = round(font.size * 1.6)
    size = sum(widths) + GAP * (len(widths) + 1), top + len(rows) * (side + GAP)
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    left = GAP
    for at, (caption, width) in enumerate(zip(captions, widths, strict=True)):
        draw.text((left, top / 2), _fitting(caption, font, width), fill=INK, font=font, anchor="lm")
        for number, row in enumerate(pictures):
            sheet.paste(row[at], (left, top + number * (side + GAP)))
        left += width + GAP
    return sheet


def photo_panel(
    photo: np.ndarray, pictures: Mapping[str, np.ndarray], names: Mapping[str, Colour]
) -> Image.Image:
    """A photo (H,W,3) and what was found in it by title, ACROSS in a line, and `names` below."""
    shown = [("Photo", photo), *pictures.items()]
    lines = [shown[at : at + ACROSS] for at in range(0, len(shown), ACROSS)]
    grids = [
        grid([[each for _, each in line]], [title for title, _ in line], 224) for line in lines
    ]
    height = sum(each.height for each in grids)
    panel = Image.new("RGB", (max(each.width for each in grids), height), PAPER)
    top = 0
    for each in grids:
        panel.paste(each, (0, top))
        top += each.height
    return with_legend(panel, names)


def with_legend(panel: Image.Image, names: Mapping[str, Colour]) -> Image.Image:
    """A panel with swatches and names below it, in as many lines as its width needs."""
    font = ImageFont.load_default(14)
    step = 24
    place, left, line = {}, GAP, 0
    for name in names:
        width = round(font.getlength(name)) + 36
        if left + width > panel.width and left > GAP:
            left, line = GAP, line + 1
        place[name] = left, panel.height + GAP + line * step
        left += width
    height = panel.height + (line + 1) * step + 2 * GAP if names else panel.height
    sheet = Image.new("RGB", (panel.width, height), PAPER)
    sheet.paste(panel)
    draw = ImageDraw.Draw(sheet)
    for name, (x, y) in place.items():
        draw.rounded_rectangle((x, y + 5, x + 13, y + 18), 3, fill=names[name])
        draw.text((x + 19, y + step / 2), name, fill=INK, font=font, anchor="lm")
    return sheet


def _fitting(caption: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """As much of a caption as stands in `width` px, with an ellipsis where something is cut."""
    cut = caption
    while cut and font.getlength(cut + ("" if cut == caption else "…")) > width:
        cut = cut[:-1]
    return cut if cut == caption else cut.rstrip() + "…"


def _scaled(picture: np.ndarray, side: int) -> Image.Image:
    image = Image.fromarray(picture)
    width = max(1, round(image.width * side / image.height))
    enlarge = side >= image.height
    resample = Image.Resampling.NEAREST if enlarge else Image.Resampling.LANCZOS
    return image.resize((width, side), resample)
