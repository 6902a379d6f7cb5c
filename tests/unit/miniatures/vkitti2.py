"""Virtual KITTI 2 as vkitti_2.0.3_{rgb,depth,classSegmentation}.tar unpack."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import Size, draw, save, save_16

from polytask.data.benchmarks import BENCHMARKS

FRAMES = [
    *(f"Scene01/15-deg-left/Camera_0/{number:05}" for number in range(5)),
    *(f"Scene20/15-deg-left/Camera_0/{number:05}" for number in range(5)),
    "Scene01/15-deg-left/Camera_1/00000",
    "Scene01/fog/Camera_0/00000",
]
IMAGE_HW = (20, 28)
BENCHMARK = replace(BENCHMARKS["vkitti2"], splits={"all": len(FRAMES)}, image_hw=IMAGE_HW)
ROAD, SKY, CAR = (100, 60, 100), (90, 200, 255), (255, 127, 80)
FAR = 65535


def files(frame: str) -> dict[str, str]:
    """The files of one frame."""
    variant, camera, number = frame.rsplit("/", 2)
    names = {"rgb": "rgb_{}.jpg", "classSegmentation": "classgt_{}.png", "depth": "depth_{}.png"}
    return {
        folder: f"{variant}/frames/{folder}/{camera}/{name.format(number)}"
        for folder, name in names.items()
    }


def write_vkitti2(root: Path, frames: Sequence[str] = FRAMES, image_hw: Size = IMAGE_HW) -> Path:
    """A car (the box) on a road, five times as far as the scene says; the first row is sky."""
    for seed, frame in enumerate(frames):
        scene, names = draw(seed, image_hw), files(frame)
        colours = np.where(scene.is_box[..., None], CAR, ROAD).astype(np.uint8)
        depth = np.rint(scene.depth * 500).astype(np.uint16)
        colours[0], depth[0] = SKY, FAR
        colours[-1, 0] = 0  # undefined
        save(root / names["rgb"], scene.image)
        save(root / names["classSegmentation"], colours)
        save_16(root / names["depth"], depth)
    return root
