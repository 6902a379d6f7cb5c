"""One file of the feature cache: a safetensors file with a tensor per level, row by row.

It is written as the rows come and read through a memory map, so neither way holds it in memory.
Shapes: N samples of a shard, B of a batch, D width of the teacher, h w patches.
"""

import json
import math
import mmap
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

Shape = tuple[int, int, int]
"""(D, h, w) of one level."""


def level_name(level: int) -> str:
    """The tensor of the `level`-th of a teacher's levels."""
    return f"level_{level}"


def shard_header(shapes: Sequence[Shape], num_samples: int) -> bytes:
    """The head of a safetensors file of fp16 tensors (N,D,h,w), one per level."""
    ends = list(accumulate(2 * num_samples * math.prod(shape) for shape in shapes))
    entries = {
        level_name(level): {
            "dtype": "F16",
            "shape": [num_samples, *shape],
            "data_offsets": [start, end],
        }
        for level, (shape, start, end) in enumerate(zip(shapes, [0, *ends], ends, strict=False))
    }
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text


def write_levels(
    path: Path, shapes: Sequence[Shape], num_samples: int, batches: Iterable[list[np.ndarray]]
) -> None:
    """Write batches of per-level features (B,D,h,w), fp16, that together are `num_samples` rows.

    Raises ValueError where they have other shapes or are more or fewer.
    """
    header = shard_header(shapes, num_samples)
    sizes = [2 * math.prod(shape) for shape in shapes]
    starts = [len(header) + num_samples * offset for offset in accumulate(sizes[:-1], initial=0)]
    row = 0
    with path.open("wb") as file:
        file.write(header)
        for levels in batches:
            found = [level.shape[1:] for level in levels]
            if found != list(map(tuple, shapes)) or row + len(levels[0]) > num_samples:
                raise ValueError(f"{path}: {found} after row {row} do not fit {shapes}")
            for level, start, size in zip(levels, starts, sizes, strict=True):
                file.seek(start + row * size)
                file.write(np.ascontiguousarray(level, np.float16).data)
            row += len(levels[0])
    if row != num_samples:
        raise ValueError(f"{path}: {row} rows where {num_samples} were announced")


def map_levels(path: Path) -> list[np.ndarray]:
    """Map a shard's tensors (N,D,h,w) fp16 into memory, one per level, read-only."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(mapped[:8], "little")
    header = json.loads(mapped[8:start])
    levels = []
    for level in range(len(header.keys() - {"__metadata__"})):
        entry = header[level_name(level)]
        first, last = entry["data_offsets"]
        flat = np.frombuffer(mapped, np.float16, count=(last - first) // 2, offset=start + first)
        levels.append(flat.reshape(entry["shape"]))
    return levels
