"""NYUD-v2 as it is in circulation: NYUDv2.tar.gz (png) and NYUD_MT.tgz of 2020 (npy)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from miniatures.scene import Size, as_png, draw, save

from polytask.data.benchmarks import BENCHMARKS

SPLITS = {"train": ["0003", "0004", "0005"], "val": ["0001", "0002"]}
IMAGE_HW = (20, 28)
BENCHMARK = replace(
    BENCHMARKS["nyud"],
    splits={split: len(ids) for split, ids in SPLITS.items()},
    image_hw=IMAGE_HW,
    max_hw=(24, 32),
)


def write_nyud(
    root: Path,
    splits: Mapping[str, Sequence[str]] = SPLITS,
    image_hw: Size = IMAGE_HW,
    variant: Literal["png", "npy"] = "png",
) -> Path:
    """images/, segmentation/, edge/, normals/, depth/ and gt_sets/{split}.txt."""
    for ids in splits.values():
        for name in ids:
            write_sample(root, name, image_hw, variant)
    (root / "gt_sets").mkdir()
    for split, ids in splits.items():
        (root / "gt_sets" / f"{split}.txt").write_text("".join(f"{name}\n" for name in ids))
    return root


def write_sample(root: Path, name: str, image_hw: Size, variant: str) -> None:
    """Classes 1 (wall) and 40 (box) are files' 1 and 40; the upper left corner is unlabelled."""
    scene = draw(int(name), image_hw)
    classes = np.where(scene.is_box, 40, 1).astype(np.uint8)
    classes[:2, :2] = 0
    depth = scene.depth.copy()
    depth[0, 0] = 0
    save(root / "segmentation" / f"{name}.png", classes)
    save(root / "depth" / f"{name}.npy", depth)
    if variant == "png":
        save(root / "images" / f"{name}.png", scene.image)
        save(root / "edge" / f"{name}.png", scene.is_edge * np.uint8(255))
        save(root / "normals" / f"{name}.png", as_png(scene.normals))
    else:
        save(root / "images" / f"{name}.jpg", scene.image)
        save(root / "edge" / f"{name}.npy", scene.is_edge.astype(np.float64))
        save(root / "normals" / f"{name}.npy", scene.normals)
