"""SYNTHIA-RAND-CITYSCAPES as its .rar unpacks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import Size, draw, save, save_16

from polytask.data.benchmarks import BENCHMARKS

SIZE = 5
IMAGE_HW = (20, 28)
BENCHMARK = replace(BENCHMARKS["synthia"], splits={"all": SIZE}, image_hw=IMAGE_HW)
SKY, ROAD, CAR, LANES = 1, 3, 8, 22
"""Numbers in the files; lane marks are none of the 16 classes."""


def write_synthia(
    root: Path, size: int = SIZE, image_hw: Size = IMAGE_HW, colour_depth: bool = False
) -> Path:
    """A car (the box) on a road with lane marks below it; the first row is sky."""
    for number in range(size):
        scene, name = draw(number, image_hw), f"{number:07}.png"
        classes = np.where(scene.is_box, CAR, ROAD)
        classes[0], classes[-1] = SKY, LANES
        instances = np.where(scene.is_box, 300 + number, 0)
        depth = np.rint(scene.depth * 500).astype(np.uint16)
        depth[0] = 65535
        save(root / "RGB" / name, scene.image)
        labels = np.stack([classes, instances, classes * 0], -1)
        save_16(root / "GT/LABELS" / name, labels.astype(np.uint16))
        save(root / "GT/COLOR" / name, scene.image)
        save_16(root / "Depth/Depth" / name, np.stack([depth] * 3, -1) if colour_depth else depth)
    return root
