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
BENCHMARK = replace(
    BENCHMARKS["coco"],
    splits={split: len(numbers) for split, numbers in SPLITS.items()},
    num_classes=len(CATEGORIES),
)


def write_coco(root: Path) -> Path:
    """A person (the box) before a rug; the upper left corner is of no segment."""
    for split, numbers in SPLITS.items():
        annotations = {"instances": [], "person_keypoints": [], "panoptic": []}
        for number in numbers:
            scene = draw(number, IMAGE_HW)
            save(root / f"{split}2017" / f"{number:012}.jpg", scene.image)
            save(root / f"panoptic_{split}2017" / f"{number:012}.png", colours(scene, number))
            for kind, entry in entries(scene, number).items():
                annotations[kind].append(entry)
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


def entries(scene: Scene, number: int) -> dict[str, Any]:
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
        "segmentation": [[*box[:2], box[0] + box[2], box[1], box[0], box[1] + box[3]]],
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
        "instances": thing,
        "person_keypoints": {**thing, "keypoints": points, "num_keypoints": 17},
        "panoptic": panoptic,
    }


def write_json(root: Path, name: str, numbers: tuple[int, ...], annotations: list) -> None:
    """In the order of the official files: the categories come last."""
    images = [
        {"file_name": f"{n:012}.jpg", "height": IMAGE_HW[0], "width": IMAGE_HW[1], "id": n}
        for n in numbers
    ]
    shown = 1 if name.startswith("person") else 3 if name.startswith("inst") else None
    categories = [
        {"supercategory": "any", "id": number, "name": title}
        for number, title in list(zip(CATEGORIES, NAMES, strict=True))[:shown]
    ]
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
