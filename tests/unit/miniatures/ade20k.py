"""ADE20K SceneParse150 as ADEChallengeData2016.zip unpacks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import draw, save

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
    names = ["wall", "building, edifice", *(f"thing {n}" for n in range(3, 150)), "flag"]
    lines = [f"{n}\t0.1\t10\t1\t1\t{name}\n" for n, name in enumerate(names, 1)]
    (root / "objectInfo150.txt").write_text(
        "Idx\tRatio\tTrain\tVal\tStuff\tName\n" + "".join(lines)
    )
    return root
