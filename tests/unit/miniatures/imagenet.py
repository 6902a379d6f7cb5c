"""ImageNet-1k as it lies once its tars are unpacked and its validation photos sorted."""

from dataclasses import replace
from pathlib import Path

from miniatures.scene import draw, save
from PIL import Image

from polytask.data.benchmarks import BENCHMARKS

WNIDS = ("n01440764", "n02105855", "n15075141")
SPLITS = {"train": 6, "val": 6}
BENCHMARK = replace(BENCHMARKS["imagenet"], splits=SPLITS, num_classes=len(WNIDS))


def write_imagenet(root: Path) -> Path:
    """Two photos of each class in each part; one is a PNG by content, one is CMYK, one is grey."""
    for at, wnid in enumerate(WNIDS):
        for number in range(2):
            image = draw(10 * at + number, (20 + at, 28)).image
            save(root / "train" / wnid / f"{wnid}_{number + 1}.JPEG", image)
            name = f"ILSVRC2012_val_{2 * at + number + 1:08}.JPEG"
            save(root / "val" / wnid / name, image[..., 0] if (at, number) == (2, 1) else image)
    image = Image.fromarray(draw(5, (20, 28)).image)
    image.save(root / "train" / WNIDS[1] / f"{WNIDS[1]}_1.JPEG", format="PNG")
    image.convert("CMYK").save(root / "train" / WNIDS[0] / f"{WNIDS[0]}_1.JPEG")
    return root
