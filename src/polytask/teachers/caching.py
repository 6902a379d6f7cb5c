"""Fill the feature cache: say first whether the disk is large enough, then write shard by shard.

Shapes: B images, H W pixels, N samples of a shard, D width of the teacher, h w patches.
"""

import contextlib
import json
import math
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from polytask.errors import UserError
from polytask.models.inputs import model_images
from polytask.progress import bar
from polytask.teachers.encoder import FrozenTeacher
from polytask.teachers.features import FORMAT, LevelStatistics, sha256_of
from polytask.teachers.shards import Shape, write_levels

HEADROOM = 1.02
"""What is asked of the disk beyond the features themselves: the index and the file system."""


class Drawn(Protocol):
    """A view as it was drawn: its crop, flip and colours."""

    def to_tuple(self) -> tuple[float | bool | None, ...]: ...


class ViewedImages(Protocol):
    """A data set whose items are {"image" uint8 (3,H,W), "index", "view"}, by (index, view)."""

    def __len__(self) -> int: ...

    def __getitem__(self, sample: tuple[int, int]) -> Mapping[str, Any]: ...

    def view(self, index: int, number: int) -> Drawn: ...


def required_bytes(shapes: Sequence[Shape], num_images: int, num_views: int) -> int:
    """Bytes that the fp16 features of one teacher take, `shapes` being (D,h,w) per level."""
    return 2 * num_images * num_views * sum(math.prod(shape) for shape in shapes)


def check_disk(directory: Path, required: int) -> None:
    """Raise UserError, with both numbers, where `directory`'s disk cannot take `required` bytes."""
    existing = next(p for p in (directory, *directory.absolute().parents) if p.is_dir())
    free = shutil.disk_usage(existing).free
    if required * HEADROOM > free:
        raise UserError(
            f"{directory}: caching these features takes {in_units(required)} and {existing} has "
            f"{in_units(free)} free; use fewer images or views, or teachers online"
        )


def in_units(num_bytes: float) -> str:
    """A number of bytes for people, in powers of 1000: 42.5 TB."""
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000:
            return f"{num_bytes:.3g} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:,.1f} TB"


def write_features(
    teacher: FrozenTeacher,
    dataset: ViewedImages,
    num_views: int,
    index_path: Path,
    shard_paths: Sequence[Path],
    *,
    views: Mapping[str, Any],
    image_size: tuple[int, int],
    batch_size: int = 16,
    device: torch.device | None = None,
    name: str = "features",
) -> dict[str, Any]:
    """Cache the features of `num_views` views of every image, and return the index written.

    The views are shared out over the shards, which lie beside the index. `views` says how they
    were drawn (policy, seed) and stands in the index, as does each view's crop and flip (`drawn`:
    top, left, height, width, flip, ...). Files appear under their names once all are complete: a
    failure leaves an earlier cache as it was. Raises UserError, before anything is written, where
    the disk is too small or there are fewer views than shards.
    """
    shapes = teacher.shapes(image_size)
    required = required_bytes(shapes, len(dataset), num_views)
    check_disk(index_path.parent, required)
    samples = [(index, view) for view in range(num_views) for index in range(len(dataset))]
    if len(samples) < len(shard_paths):
        raise UserError(
            f"{index_path}: {len(samples)} views cannot fill {len(shard_paths)} shards; "
            "lower features.num_shards"
        )
    statistics = [LevelStatistics() for _ in shapes]
    shards = []
    with _complete_together([*shard_paths, index_path]) as (*places, index_place):
        with bar(name, len(samples), "view") as progress:
            for place, chosen in zip(places, _shares(samples, len(places)), strict=True):
                batches = _encode(teacher, dataset, _chunks(chosen, batch_size), device)
                write_levels(place, shapes, len(chosen), _watched(batches, statistics, progress))
                shards.append(_entry(shard_paths[len(shards)], place, dataset, chosen))
        index = {
            "format": FORMAT, "shapes": shapes, "num_images": len(dataset),
            "num_views": num_views, "views": dict(views), "bytes": required,
            "statistics": [level.result() for level in statistics], "shards": shards,
        }  # fmt: skip
        index_place.write_text(json.dumps(index) + "\n")
    return index


@contextlib.contextmanager
def _complete_together(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Temporary places beside `paths`, which take those names, in order, if nothing fails."""
    places = [path.with_name(f".{path.name}.{os.getpid()}") for path in paths]
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
        yield places
        for place, path in zip(places, paths, strict=True):
            place.replace(path)
    finally:
        for place in places:
            place.unlink(missing_ok=True)


def _shares(items: Sequence[Any], number: int) -> list[Sequence[Any]]:
    """`number` runs of `items` of nearly equal length."""
    bounds = [len(items) * part // number for part in range(number + 1)]
    return [items[start:stop] for start, stop in pairwise(bounds)]


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _encode(
    teacher: FrozenTeacher,
    dataset: ViewedImages,
    batches: Iterable[Sequence[tuple[int, int]]],
    device: torch.device | None,
) -> Iterator[list[np.ndarray]]:
    """Yield per batch the features (B,D,h,w) of every level as fp16."""
    for samples in batches:
        images = torch.stack([torch.as_tensor(dataset[s]["image"]) for s in samples])
        yield [_half(level) for level in teacher(model_images(images.to(device)))]


def _half(features_BDhw: Tensor) -> np.ndarray:
    half = features_BDhw.half()
    if not torch.isfinite(half).all():
        raise UserError("a teacher's features are not finite in fp16: use it online, not cached")
    return half.cpu().numpy()


def _watched(
    batches: Iterable[list[np.ndarray]], statistics: Sequence[LevelStatistics], progress: tqdm
) -> Iterator[list[np.ndarray]]:
    """The same batches, counted in the statistics and the progress bar."""
    for levels in batches:
        for level, features in zip(statistics, levels, strict=True):
            level.add(features)
        yield levels
        progress.update(len(levels[0]))


def _entry(
    shard: Path, place: Path, dataset: ViewedImages, samples: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    return {
        "name": shard.name, "size": place.stat().st_size, "sha256": sha256_of(place),
        "samples": [*samples], "drawn": [dataset.view(*sample).to_tuple() for sample in samples],
    }  # fmt: skip
