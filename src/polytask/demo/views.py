"""The pieces of HTML of which the page consists; every value in them is escaped."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image, ImageOps

from polytask.data.images import SUFFIXES
from polytask.demo.changes import Change
from polytask.demo.look import Explorer, Look, picture, title_of
from polytask.demo.photos import PhotoFile, read_photo
from polytask.demo.session import Session, router_gates
from polytask.demo.weights import EVERY_LEVEL
from polytask.drawing.changes import draw_changes
from polytask.drawing.colours import EXPERT_COLOURS, LABELS, ramps
from polytask.reporting.sheets import data_uri
from polytask.tasks import TASKS

THUMBNAIL = 128
SHOWN_SHARE = 0.09
"""From which share on a bar is wide enough to hold its number."""


def page(model: str, explorer: Explorer, photos: Sequence[PhotoFile]) -> str:
    """The whole page before anything happens, with `photos` to begin with (SAK, Eq. (4))."""
    return _filled(
        "page",
        model=model,
        tasks=[(task, title_of(task)) for task in explorer.tasks],
        experts=named(explorer.experts),
        levels=[(EVERY_LEVEL, "all levels")]
        + [(at, f"level {at + 1}") for at in range(len(explorer.levels))],
        examples=[(file.name, data_uri(thumbnail(file))) for file in photos],
        suffixes=",".join(SUFFIXES),
    )


def thumbnail(file: PhotoFile) -> Image.Image:
    """A small square of a photo."""
    return ImageOps.fit(read_photo(file), (THUMBNAIL, THUMBNAIL))


def photo(look: Look) -> str:
    """The photo as the page shows it."""
    return _filled("photo", uri=data_uri(Image.fromarray(look.pixels)))


def message(text: object) -> str:
    """One line about what went wrong."""
    return _filled("message", text=str(text))


def nothing_yet() -> str:
    """What stands in the place of predictions before there is a photo."""
    return _filled("nothing")


def gallery(look: Look, chosen: str) -> str:
    """All tasks' pictures, and what their colours mean."""
    figures = [
        {"task": task, "title": title_of(task), "uri": uri(task, pixels), "chosen": task == chosen}
        for task, pixels in look.pictures.items()
    ]
    return _filled(
        "gallery",
        figures=figures,
        legends=look.legends,
        ramps=ramps([task for task in look.pictures if task in TASKS]),
        milliseconds=1000 * look.seconds,
    )


def gates(session: Session, task: str, experts: Sequence[str], levels: Sequence[int]) -> str:
    """Per level the routers' gates as a bar and, where they were moved, the user's weights."""
    own = router_gates(session.look, task)
    given = session.weights(task)
    given = given / given.sum(axis=1, keepdims=True)
    rows = [
        {
            "name": f"level {at + 1}",
            "block": block + 1,
            "bars": [
                {"whose": whose, "parts": _parts(shares[at], experts)}
                for whose, shares in (("router", own), ("you", given))
                if whose == "router" or session.is_moved(task)
            ],
        }
        for at, block in enumerate(levels)
    ]
    return _filled("gates", rows=rows, experts=list(named(experts)), title=title_of(task))


def comparison(
    session: Session, task: str, given: np.ndarray, change: Change, milliseconds: float
) -> str:
    """The routers' prediction, the one by the user's weights, and where they differ."""
    look = session.look
    pictures = [
        ("The router's weights", uri(task, look.pictures[task])),
        ("Your weights", uri(task, picture(task, given, look.mixture.found[task]))),
        ("What changed", data_uri(Image.fromarray(draw_changes(look.pixels, change.map_HW)))),
    ]
    return _filled(
        "comparison",
        pictures=pictures,
        change=change,
        moved=session.is_moved(task),
        milliseconds=milliseconds,
        title=title_of(task),
    )


def uri(task: str, pixels: np.ndarray) -> str:
    """A task's picture as a data URI; label maps are kept exactly."""
    return data_uri(Image.fromarray(pixels), exact=task in LABELS)


def named(experts: Sequence[str]) -> list[tuple[str, str]]:
    """Every expert with its colour."""
    return [(name, colour(at)) for at, name in enumerate(experts)]


def colour(expert: int) -> str:
    """An expert's colour on the page, the stem's first."""
    return EXPERT_COLOURS[expert % len(EXPERT_COLOURS)]


def _parts(shares: np.ndarray, experts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "colour": shade, "percent": 100 * share, "wide": share >= SHOWN_SHARE}
        for (name, shade), share in zip(named(experts), shares.tolist(), strict=True)
    ]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("polytask.demo"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _filled(template: str, **values: Any) -> str:
    return _environment().get_template(f"{template}.html.jinja").render(**values)
