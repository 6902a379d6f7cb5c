"""NYUv2 with 13 classes as MTAN's Dropbox folder holds it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import Size, draw, save

from polytask.data.benchmarks import BENCHMARKS

SIZES = {"train": 3, "val": 2}
IMAGE_HW = (20, 28)
BENCHMARK = replace(BENCHMARKS["nyuv2_13"], splits=SIZES, image_hw=IMAGE_HW, max_hw=IMAGE_HW)


def write_nyuv2(
    root: Path,
    sizes: Mapping[str, int] = SIZES,
    image_hw: Size = IMAGE_HW,
    label_type: type = np.float64,
) -> Path:
    """{part}/{image,label,depth,normal}/{i}.npy."""
    for part, size in sizes.items():
        for number in range(size):
            write_sample(root / part, number, (part == "val") * 1000 + number, image_hw, label_type)
    return root


def write_sample(folder: Path, number: int, seed: int, image_hw: Size, label_type: type) -> None:
    """Classes 0 (wall) and 12 (box); the upper left corner has no label of any kind."""
    scene = draw(seed, image_hw)
    classes = np.where(scene.is_box, 12, 0)
    depth, normals = scene.depth[..., None].copy(), scene.normals.copy()
    classes[:2, :2], depth[:2, :2], normals[:2, :2] = -1, 0, 0
    save(folder / "image" / f"{number}.npy", (scene.image / 255).astype(np.float32))
    save(folder / "label" / f"{number}.npy", classes.astype(label_type))
    save(folder / "depth" / f"{number}.npy", depth)
    save(folder / "normal" / f"{number}.npy", normals.astype(np.float32))
