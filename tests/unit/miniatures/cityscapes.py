"""Cityscapes as its packages unpack into one folder, and at 128 x 256 as SIMO's code reads it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import Size, draw, save

from polytask.data.benchmarks import BENCHMARKS

FRAMES = {
    "train": ["zurich_000001_000019", "aachen_000002_000019", "aachen_000000_000019"],
    "val": ["lindau_000000_000019", "frankfurt_000001_011835"],
    "test": ["berlin_000000_000019"],
}
IMAGE_HW = (32, 64)
BENCHMARK = replace(
    BENCHMARKS["cityscapes"], splits={"train": 3, "val": 2}, image_hw=IMAGE_HW, max_hw=IMAGE_HW
)
CAMERA = {
    "extrinsic": {"baseline": 0.25, "pitch": 0.038, "roll": 0.0, "x": 1.7, "y": 0.1, "yaw": -0.02},
    "intrinsic": {"fx": 2000.0, "fy": 2265.3, "u0": 1096.98, "v0": 513.137},
}
EGO_VEHICLE, ROAD, CAR = 1, 7, 26
WHEEL_UID, LIGHT_UID = 2600102, 2600103
NEAR, FAR = 25 * 256 + 1, 5 * 256 + 1
"""Disparities of 25 and 5 pixels, as files hold them."""

NPY_SIZES = {"train": 3, "val": 2}
NPY_HW = (16, 32)
NPY_BENCHMARK = replace(
    BENCHMARKS["cityscapes_npy"], splits=NPY_SIZES, image_hw=NPY_HW, max_hw=NPY_HW
)


def write_cityscapes(
    root: Path, frames: Mapping[str, Sequence[str]] = FRAMES, image_hw: Size = IMAGE_HW
) -> Path:
    """leftImg8bit/, gtFine/, gtFinePanopticParts/, disparity/ and camera/; no labels for `test`."""
    for split, names in frames.items():
        for name in names:
            write_frame(root, split, name, image_hw)
    return root


def write_frame(root: Path, split: str, name: str, image_hw: Size) -> None:
    """A car (the box) on the road: its outline lights, the rest of it wheels.

    The upper left corner belongs to the own vehicle and has no disparity.
    """
    scene = draw(seed_of(name), image_hw)
    classes = np.where(scene.is_box, CAR, ROAD).astype(np.uint8)
    uids = np.where(scene.is_box, np.where(scene.is_edge, LIGHT_UID, WHEEL_UID), ROAD)
    pixels = np.where(scene.is_box, NEAR, FAR).astype(np.uint16)
    classes[:2, :2], uids[:2, :2], pixels[:2, :2] = EGO_VEHICLE, EGO_VEHICLE, 0
    save(at(root, "leftImg8bit", split, name, "leftImg8bit.png"), scene.image)
    save(at(root, "disparity", split, name, "disparity.png"), pixels)
    camera = at(root, "camera", split, name, "camera.json")
    camera.parent.mkdir(parents=True, exist_ok=True)
    camera.write_text(json.dumps(CAMERA))
    if split != "test":
        save(at(root, "gtFine", split, name, "gtFine_labelIds.png"), classes)
        file = at(root, "gtFinePanopticParts", split, name, "gtFinePanopticParts.tif")
        save(file, uids.astype(np.int32))


def at(root: Path, folder: str, split: str, name: str, end: str) -> Path:
    """{folder}/{split}/{city}/{city}_{sequence}_{frame}_{end}."""
    return root / folder / split / name.partition("_")[0] / f"{name}_{end}"


def seed_of(name: str) -> int:
    """A scene for each frame."""
    return sum(name.encode())


def write_cityscapes_npy(
    root: Path,
    sizes: Mapping[str, int] = NPY_SIZES,
    labels: Mapping[str, int] = {"label_2": 2, "label_7": 7, "label_19": 19},
) -> Path:
    """{part}/{image,label_2,label_7,label_19,part_seg,depth}/{i}.npy.

    The box has the last class and part; the upper left corner has no label of any kind.
    """
    for part, size in sizes.items():
        for number in range(size):
            folder, scene = root / part, draw((part == "val") * 1000 + number, NPY_HW)
            inverse = np.where(scene.is_box, NEAR, FAR).astype(np.float32)[..., None] / 65535
            inverse[:2, :2] = 0
            kinds = {**labels, "part_seg": 10}
            save(folder / "image" / f"{number}.npy", (scene.image / 255).astype(np.float32))
            save(folder / "depth" / f"{number}.npy", inverse)
            for name, count in kinds.items():
                classes = np.where(scene.is_box, count - 1, 0)
                classes[:2, :2] = -1
                save(folder / name / f"{number}.npy", classes.astype(np.float64))
    return root
