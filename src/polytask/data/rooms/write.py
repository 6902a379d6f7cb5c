"""A data set of rendered rooms: one uncompressed tar in the NYUD-v2 layout, equal byte for byte."""

import io
import json
import multiprocessing
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from polytask.data.rooms.classes import CLASSES, ROOM_KINDS, THINGS
from polytask.data.rooms.photos import LICENCE
from polytask.data.rooms.render import render
from polytask.data.rooms.styles import STYLES
from polytask.errors import UserError

Maps = dict[str, Any]
Files = list[tuple[str, bytes]]


def png(pixels: np.ndarray) -> bytes:
    """Encode uint8 (H,W) or (H,W,3), or uint16 (H,W), as PNG, fast rather than small."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png", compress_level=1)
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    """Encode an array as .npy."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def records(objects: list[dict]) -> bytes:
    """Encode what is known of each object as JSON, one object a line."""
    lines = (json.dumps(each, default=np.ndarray.tolist) for each in objects)
    return ("[" + ",\n".join(lines) + "]\n").encode()


LABELS: dict[str, tuple[str, Callable[[Maps], bytes]]] = {
    "segmentation": ("png", lambda maps: png(maps["semseg"] + np.uint8(1))),
    "human_parts": ("png", lambda maps: png(maps["human_parts"])),
    "sal": ("png", lambda maps: png(maps["sal"] * np.uint8(255))),
    "edge": ("png", lambda maps: png(maps["edge"] * np.uint8(255))),
    "normals": ("png", lambda maps: png(np.round((maps["normals"] + 1) * 127.5).astype(np.uint8))),
    "depth": ("npy", lambda maps: npy(maps["depth"].astype(np.float32))),
    "instances": ("png", lambda maps: png(maps["instance"])),
    "objects": ("json", lambda maps: records(maps["objects"])),
    "image_class": ("txt", lambda maps: f"{maps['room']}\n".encode()),
}
"""Label folder -> file ending and encoder (NYUD-v2 layout, plus human_parts, sal, objects)."""


def encode(seed: int, *, size: int, style: str, labels: tuple[str, ...]) -> Files:
    """The files of one image, `images/{seed:06d}.png` first, then its labels by folder name."""
    maps = render(seed, style, size)
    files = [(f"images/{seed:06d}.png", png(maps["image"]))]
    for label in sorted(labels):
        ending, encoder = LABELS[label]
        files.append((f"{label}/{seed:06d}.{ending}", encoder(maps)))
    return files


def write_rooms(
    path: Path | str,
    splits: Mapping[str, range],
    *,
    size: int,
    style: str = "day",
    labels: tuple[str, ...] = tuple(LABELS),
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Render the seeds of every split into one tar; the bytes do not depend on `processes`.

    The tar holds the notes and `gt_sets/` first, then image after image in the order of seeds, so
    that it is streamed and a reader finds the files of a sample side by side. `progress` is called
    with the number of images done and of all. The tar appears under its name only when complete.
    Raises UserError for an unknown style or label, a size below 8, and a seed in two splits.
    """
    path, seeds = Path(path), sorted(seed for split in splits.values() for seed in split)
    check(splits, seeds, size, style, labels)
    task = partial(encode, size=size, style=style, labels=labels)
    with (
        replacing(path) as unfinished,
        tarfile.open(unfinished, "w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, content in notes(splits, style, labels):
            add(tar, name, content)
        for done, files in enumerate(in_order(task, seeds, processes), 1):
            for name, content in files:
                add(tar, name, content)
            if progress:
                progress(done, len(seeds))


def check(
    splits: Mapping[str, range], seeds: list[int], size: int, style: str, labels: tuple[str, ...]
) -> None:
    """Raise UserError where the request is not one that can be rendered."""
    if style not in STYLES:
        raise UserError(f"rooms: unknown style {style!r}; choose one of {', '.join(STYLES)}")
    if unknown := sorted(set(labels) - set(LABELS)):
        raise UserError(f"rooms: unknown labels {unknown}; choose from {', '.join(LABELS)}")
    if size < 8:
        raise UserError(f"rooms: size {size} is too small; give at least 8 pixels")
    if len(set(seeds)) < len(seeds):
        raise UserError(f"rooms: splits {', '.join(splits)} share seeds; give each its own range")


def notes(splits: Mapping[str, range], style: str, labels: tuple[str, ...]) -> Files:
    """Licence, class names and one list of ids per split."""
    about = {"classes": list(CLASSES), "style": style, "segmentation": "pixel value = index + 1"}
    if "objects" in labels:
        about["things"] = list(THINGS)
    if "image_class" in labels:
        about["image_classes"] = list(ROOM_KINDS)
    lists = [
        (f"gt_sets/{split}.txt", "".join(f"{seed:06d}\n" for seed in seeds).encode())
        for split, seeds in sorted(splits.items())
    ]
    return [
        ("LICENCE.txt", LICENCE.encode()),
        ("classes.json", (json.dumps(about, indent=1) + "\n").encode()),
        *lists,
    ]


def in_order(task: Callable[[int], Files], seeds: list[int], processes: int) -> Iterator[Files]:
    """task(seed) for every seed, in order, by one process or a pool of them."""
    if processes <= 1:
        yield from map(task, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(task, seeds, chunksize=4)


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Append a file that has no owner and no time."""
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(content), 0, 0o644
    tar.addfile(member, io.BytesIO(content))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, renamed to it on success and removed on failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
