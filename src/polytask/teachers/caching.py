"""Fill the feature cache: say first whether the disk is large enough, then write shard by shard.

Shapes: B images, H W pixels, N samples of a shard, D width of the teacher, h w patches.
"""

import contextlib
import json
import math
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
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
from polytask.teachers.features import FORMAT, LevelStatistics
from polytask.teachers.kept_shards import KeptShards, Shard
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
    kept: KeptShards | None = None,
    name: str = "features",
) -> dict[str, Any]:
    """Cache the features of `num_views` views of every image, and return the index written.

    The views are shared out over the shards, which lie beside the index. `views` says how they
    were drawn (policy, seed) and stands in the index, as does each view's crop and flip (`drawn`:
    top, left, height, width, flip, ...). Files appear under their names once all are complete: a
    failure leaves an earlier cache as it was. Shards in `kept`, from a run that was cut short, are
    not made again, and all bytes are the same. Raises UserError, before anything is written, where
    the disk is too small or there are fewer views than shards.
    """
    shapes = teacher.shapes(image_size)
    required = required_bytes(shapes, len(dataset), num_views)
    shares = _shares(dataset, num_views, len(shard_paths))
    with _kept_somewhere(kept, index_path) as store:
        shards = store.find()
        remaining = required - sum(shard.entry["size"] for shard in shards.values())
        for folder in (index_path.parent, store.folder):
            check_disk(folder, remaining)
        done = sum(len(shares[number]) for number in shards)
        with bar(name, sum(map(len, shares)), "view", initial=done) as progress:
            for number, chosen in enumerate(shares):
                if number not in shards:
                    batches = _encode(teacher, dataset, _chunks(chosen, batch_size), device)
                    fill = partial(_fill, shapes, len(chosen), batches, progress)
                    facts = _facts(shard_paths[number], dataset, chosen)
                    shards[number] = store.make(number, fill, facts)
        index = {
            "format": FORMAT, "shapes": shapes, "num_images": len(dataset),
            "num_views": num_views, "views": dict(views), "bytes": required,
            "statistics": _merged(shards), "shards": [shards[n].entry for n in sorted(shards)],
        }  # fmt: skip
        with _complete_together([*shard_paths, index_path]) as (*places, index_place):
            for number, place in enumerate(places):
                store.bring(number, place)
            index_place.write_text(json.dumps(index) + "\n")
    return index


@contextlib.contextmanager
def _kept_somewhere(kept: KeptShards | None, index_path: Path) -> Iterator[KeptShards]:
    """`kept`, or where nothing is to outlive this run a hidden folder that does not."""
    if kept is not None:
        yield kept
        return
    folder = index_path.parent / f".{index_path.name}.{uuid.uuid4().hex}"
    try:
        yield KeptShards(folder, "")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(
    shapes: Sequence[Shape],
    num_samples: int,
    batches: Iterable[list[np.ndarray]],
    progress: tqdm,
    place: Path,
) -> list[LevelStatistics]:
    """Write one shard and return its sums."""
    statistics = [LevelStatistics() for _ in shapes]
    write_levels(place, shapes, num_samples, _watched(batches, statistics, progress))
    return statistics


def _merged(shards: Mapping[int, Shard]) -> list[dict[str, Any]]:
    """The statistics per level; shard by shard, so that it does not matter when each was made."""
    total = [LevelStatistics() for _ in shards[0].statistics]
    for number in sorted(shards):
        for level, part in zip(total, shards[number].statistics, strict=True):
            level.merge(part)
    return [level.result() for level in total]


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


def _shares(dataset: ViewedImages, num_views: int, number: int) -> list[list[tuple[int, int]]]:
    """The samples as `number` runs of nearly equal length; UserError where they are too few."""
    samples = [(index, view) for view in range(num_views) for index in range(len(dataset))]
    if len(samples) < number:
        raise UserError(
            f"{len(samples)} views cannot fill {number} shards; lower features.num_shards"
        )
    bounds = [len(samples) * part // number for part in range(number + 1)]
    return [samples[start:stop] for start, stop in pairwise(bounds)]


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


def _facts(
    shard: Path, dataset: ViewedImages, samples: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    drawn = [dataset.view(*sample).to_tuple() for sample in samples]
    return {"name": shard.name, "samples": [*samples], "drawn": drawn}
