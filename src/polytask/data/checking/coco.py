"""Do COCO's instances and key points agree with its images? The files are read piece by piece."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from polytask.data.checking.findings import Finding
from polytask.data.checking.splits import some
from polytask.data.coco.json_file import JSONFile
from polytask.data.coco.reader import COCOLayout
from polytask.data.published.entry import Benchmark
from polytask.errors import UserError
from polytask.progress import bar

KINDS = ("instances", "person_keypoints")
KEYPOINTS = 17
ROUNDING = 1.0
"""How many pixels a box may reach beyond its image."""

Sizes = dict[int, tuple[float, float]]
"""Height and width of each image, by its number."""


def check_annotations(layout: COCOLayout, benchmark: Benchmark) -> Iterator[Finding]:
    """The images that the files name are there, and annotations lie inside of theirs."""
    kinds = [(split, kind) for split in layout.splits for kind in KINDS]
    with bar("reading annotations", total=len(kinds), unit="file") as progress:
        for split, kind in kinds:
            file = layout.json_file(kind, split)
            try:
                for message in _file(layout, file, split, kind):
                    yield Finding(file.name, message)
            except UserError as error:
                yield Finding.of(error, layout.tree.root, file.name)
            except (KeyError, TypeError, ValueError):
                yield Finding(file.name, "an entry is not as COCO's")
            progress.update()


def _file(layout: COCOLayout, file: JSONFile, split: str, kind: str) -> Iterator[str]:
    sizes: Sizes = {}
    categories: set[int] = set()
    missing = []
    for key, entry in file.entries("images", "categories"):
        if key == "categories":
            categories.add(int(entry["id"]))
            continue
        sizes[int(entry["id"])] = float(entry["height"]), float(entry["width"])
        if f"{layout.prefix}{split}2017/{entry['file_name']}" not in layout.tree:
            missing.append(entry["file_name"])
    if missing:
        yield f"names images that are not there: {some(missing)}"
    wrong: dict[str, list[int]] = defaultdict(list)
    for _, entry in file.entries("annotations"):
        for message in _odd(entry, sizes, categories, kind):
            wrong[message].append(int(entry["id"]))
    for message, numbers in wrong.items():
        yield f"{message}: annotation{'s' * (len(numbers) > 1)} {some(numbers)}"


def _odd(entry: Any, sizes: Sizes, categories: set[int], kind: str) -> Iterator[str]:
    """What is wrong with one annotation."""
    if int(entry["category_id"]) not in categories:
        yield f"category {entry['category_id']} is not in its `categories`"
    if (size := sizes.get(int(entry["image_id"]))) is None:
        yield "of no image in its `images`"
        return
    left, top, width, height = map(float, entry["bbox"])
    if not (
        min(width, height) >= 0
        and min(left, top) >= -ROUNDING
        and top + height <= size[0] + ROUNDING
        and left + width <= size[1] + ROUNDING
    ):
        yield "boxes beyond their image"
    if kind == "person_keypoints" and len(entry["keypoints"]) != 3 * KEYPOINTS:
        yield f"not {KEYPOINTS} key points of three numbers"
