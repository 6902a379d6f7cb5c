"""COCO 2017 as its four archives unpack."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from miniatures.scene import Scene, draw, save

from polytask.data.benchmarks import BENCHMARKS

SPLITS = {"train": (9, 25, 30), "val": (139, 285)}
IMAGE_HW = (20, 28)
CATEGORIES = (1, 3, 90, 92, 200)
"""Numbers of the categories in the order of the file: person, car, toothbrush, banner, rug."""

NAMES = ("person", "car", "toothbrush", "banner", "rug-merged")
NUM_THINGS = 3
CROWD = 900_000
"""Added to the number of an image that of its crowd makes."""

BENCHMARK = replace(
    BENCHMARKS["coco"],
    splits={split: len(numbers) for split, numbers in SPLITS.items()},
    num_classes=len(CATEGORIES),
)


def write_coco(root: Path) -> Path:
    """A person (the box) before a rug, and a crowd of cars; the upper left corner is no segment."""
    for split, numbers in SPLITS.items():
        annotations = {"instances": [], "person_keypoints": [], "panoptic": []}
        for number in numbers:
            scene = draw(number, IMAGE_HW)
            save(root / f"{split}2017" / f"{number:012}.jpg", scene.image)
            save(root / f"panoptic_{split}2017" / f"{number:012}.png", colours(scene, number))
            for kind, found in entries(scene, number).items():
                annotations[kind] += found
        for kind, found in annotations.items():
            write_json(root, f"{kind}_{split}2017", numbers, found)
    return root


def ids(number: int) -> tuple[int, int]:
    """The segments of an image: person and rug; the second needs all three colours."""
    return number, 70_000 + number


def colours(scene: Scene, number: int) -> np.ndarray:
    person, rug = ids(number)
    segments = np.where(scene.is_box, person, rug)
    segments[:2, :2] = 0
    return np.stack([segments % 256, segments // 256 % 256, segments // 65536], -1).astype(np.uint8)


def cars() -> np.ndarray:
    """Where the crowd is, (H, W) bool."""
    rows, columns = np.mgrid[: IMAGE_HW[0], : IMAGE_HW[1]]
    return (rows < 3) & (columns >= 20) & (columns != 23)


def runs(mask: np.ndarray) -> dict[str, Any]:
    """Uncompressed run lengths, column after column: zeros, ones, zeros ..."""
    values = mask.T.ravel()
    changes = np.flatnonzero(np.diff(values, prepend=False))
    lengths = np.diff([0, *changes, values.size])
    return {"size": list(mask.shape), "counts": lengths.tolist()}


def entries(scene: Scene, number: int) -> dict[str, list[Any]]:
    rows, columns = np.nonzero(scene.is_box)
    box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
    box = [float(value) for value in box]
    person, rug = ids(number)
    thing = {
        "id": number,
        "image_id": number,
        "category_id": 1,
        "bbox": box,
        "iscrowd": 0,
        "area": int(scene.is_box.sum()),
        "segmentation": [rectangle(*box)],
    }
    crowd = {
        "id": CROWD + number,
        "image_id": number,
        "category_id": 3,
        "bbox": [20.0, 0.0, 8.0, 3.0],
        "iscrowd": 1,
        "area": int(cars().sum()),
        "segmentation": runs(cars()),
    }
    points = [value for _ in range(17) for value in (int(box[0]) + 1, int(box[1]) + 1, 2)]
    segments = [
        {"id": person, "category_id": 1, "iscrowd": 0, "bbox": box, "area": thing["area"]},
        {"id": rug, "category_id": 200, "iscrowd": 0, "bbox": [0, 0, 28, 20], "area": 1},
    ]
    panoptic = {
        "segments_info": segments,
        "file_name": f"{number:012}.png",
        "image_id": number,
    }
    return {
        "instances": [thing, crowd],
        "person_keypoints": [{**thing, "keypoints": points, "num_keypoints": 17}],
        "panoptic": [panoptic],
    }


def rectangle(left: float, top: float, width: float, height: float) -> list[float]:
    """The corners of a box as a polygon."""
    right, bottom = left + width, top + height
    return [left, top, right, top, right, bottom, left, bottom]


def write_json(root: Path, name: str, numbers: tuple[int, ...], annotations: list) -> None:
    """In the order of the official files: the categories come last."""
    images = [
        {"file_name": f"{n:012}.jpg", "height": IMAGE_HW[0], "width": IMAGE_HW[1], "id": n}
        for n in numbers
    ]
    shown = 1 if name.startswith("person") else NUM_THINGS if name.startswith("inst") else None
    categories = [
        {"supercategory": "any", "id": number, "name": title}
        for number, title in list(zip(CATEGORIES, NAMES, strict=True))[:shown]
    ]
    if name.startswith("panoptic"):
        for place, category in enumerate(categories):
            category["isthing"] = int(place < NUM_THINGS)
    (root / "annotations").mkdir(exist_ok=True)
    (root / "annotations" / f"{name}.json").write_text(
        json.dumps(
            {
                "info": {"year": 2017, "description": 'with "quotes" and ] [ } {'},
                "licenses": [{"id": 1, "name": "any"}],
                "images": images,
                "annotations": annotations,
                "categories": categories,
            }
        )
    )
