"""Taskonomy as its authors' scripts and omnitools write it, in small."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import Size, as_png, draw, save

from polytask.data.benchmarks import BENCHMARKS
from polytask.data.taskonomy.buildings import SIMO, TINY

IMAGE_HW = (24, 24)
VIEWS = ("point_0_view_0", "point_0_view_1")
TINY_VAL = replace(
    BENCHMARKS["taskonomy_tiny"], splits={"tiny_val": None}, image_hw=IMAGE_HW, max_hw=IMAGE_HW
)
SIMO_VAL = replace(
    BENCHMARKS["taskonomy_simo"], splits={"simo_val": 8}, image_hw=(12, 12), max_hw=(12, 12),
    per_folder={"simo_val": 2},
)  # fmt: skip


def write_tiny_val(root: Path) -> Path:
    """The five buildings of tiny_val."""
    return write_taskonomy(root, dict.fromkeys(TINY["tiny_val"], VIEWS))


def write_simo(root: Path, splits: Sequence[str] = tuple(SIMO)) -> Path:
    """SIMO's buildings; without segment_semantic, which its paper does not train on."""
    buildings = [building for split in splits for building in SIMO[split]]
    return write_taskonomy(root, dict.fromkeys(buildings, VIEWS), with_classes=False)


def write_taskonomy(
    root: Path,
    buildings: Mapping[str, Sequence[str]],
    image_hw: Size = IMAGE_HW,
    between: str = "",
    with_classes: bool = True,
) -> Path:
    """{domain}/{building}/{view}_domain_{domain}.png; omnitools has `taskonomy/` in `between`."""
    for number, (building, views) in enumerate(buildings.items()):
        for at, view in enumerate(views):
            files = domains(10 * number + at, image_hw)
            for folder, (name, values) in files.items():
                if with_classes or folder != "segment_semantic":
                    path = root / folder / between / building / f"{view}_domain_{name}.png"
                    save(path, values)
    return root


def domains(seed: int, image_hw: Size) -> dict[str, tuple[str, np.ndarray]]:
    """Folder -> domain in the file's name, values.

    Classes 1 (background) and 17 (vase, id 17), uncertain in the upper left corner, where there is
    no depth either; beyond a window in the lower left corner are 20 m.
    """
    scene = draw(seed, image_hw)
    classes = np.where(scene.is_box, 17, 1).astype(np.uint8)
    depth = np.rint(scene.depth * 512).astype(np.uint16)
    normals = as_png(scene.normals)
    classes[:2, :2], depth[:2, :2], normals[:2, :2] = 0, 65535, 128
    depth[-2:, :2] = 20 * 512
    grain = 40 * (scene.image[..., 0].astype(np.uint16) % 8)
    texture = np.where(scene.is_edge, np.uint16(11041), grain)
    return {
        "rgb": ("rgb", scene.image),
        "segment_semantic": ("segmentsemantic", classes),
        "depth_zbuffer": ("depth_zbuffer", depth),
        "normal": ("normal", normals),
        "edge_texture": ("edge_texture", texture),
        "keypoints2d": ("keypoints2d", texture // 4),
    }
