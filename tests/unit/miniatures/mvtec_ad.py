"""MVTec AD as mvtec_anomaly_detection.tar.xz unpacks, with two of its categories."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import draw, save

from polytask.data.benchmarks import BENCHMARKS

TEST = {"leather": {"good": 2, "cut": 1}, "screw": {"good": 1, "scratch_head": 2}}
NUM_TRAIN = 2
IMAGE_HW = (24, 24)
BENCHMARK = replace(
    BENCHMARKS["mvtec_ad"],
    splits={
        f"{category}/{part}": NUM_TRAIN if part == "train" else sum(kinds.values())
        for category, kinds in TEST.items()
        for part in ("train", "test")
    },
)


def write_mvtec_ad(root: Path) -> Path:
    """The box is the defect; screws are grey photos."""
    for at, (category, kinds) in enumerate(TEST.items()):
        for folder, count in [
            ("train/good", NUM_TRAIN),
            *((f"test/{k}", n) for k, n in kinds.items()),
        ]:
            for number in range(count):
                scene = draw(100 * at + number, IMAGE_HW)
                image = scene.image if category == "leather" else scene.image[..., 0]
                save(root / category / folder / f"{number:03}.png", image)
                if folder.startswith("test") and not folder.endswith("good"):
                    masks = root / category / folder.replace("test", "ground_truth")
                    save(masks / f"{number:03}_mask.png", scene.is_box * np.uint8(255))
    (root / "license.txt").write_text("CC BY-NC-SA 4.0")
    return root
