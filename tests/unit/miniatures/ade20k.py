"""ADE20K SceneParse150 as ADEChallengeData2016.zip unpacks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import Scene, draw, save

from polytask.data.benchmarks import BENCHMARKS

SPLITS = {"training": 3, "validation": 2}
SIZES = ((20, 28), (32, 24))
BENCHMARK = replace(BENCHMARKS["ade20k"], splits=SPLITS)
WALL, FLAG = 1, 150
"""Numbers in the files: the first and the last."""


def write_ade20k(root: Path) -> Path:
    """Even numbers have one size, odd ones another; the upper left corner is of no class."""
    for split, size in SPLITS.items():
        for number in range(1, size + 1):
            name = f"ADE_{split.removesuffix('ing').removesuffix('idation')}_{number:08}"
            scene = draw(number + 100 * (split == "validation"), SIZES[number % 2])
            classes = np.where(scene.is_box, FLAG, WALL).astype(np.uint8)
            classes[:2, :2] = 0
            save(root / "images" / split / f"{name}.jpg", scene.image)
            save(root / "annotations" / split / f"{name}.png", classes)
            save(root / "annotations_instance" / split / f"{name}.png", flags(scene))
    names = ["wall", "building, edifice", *(f"thing {n}" for n in range(3, 150)), "flag"]
    lines = [f"{n}\t0.1\t10\t1\t1\t{name}\n" for n, name in enumerate(names, 1)]
    (root / "objectInfo150.txt").write_text(
        "Idx\tRatio\tTrain\tVal\tStuff\tName\n" + "".join(lines)
    )
    return root


def flags(scene: Scene) -> np.ndarray:
    """The upper half of the box is one flag and the lower half another, red 100, green 1 and 5."""
    middle = int(np.nonzero(scene.is_box)[0].mean()) + 1
    colours = np.zeros((*scene.is_box.shape, 3), np.uint8)
    colours[scene.is_box] = 100, 1, 0
    colours[middle:][scene.is_box[middle:]] = 100, 5, 0
    return colours
