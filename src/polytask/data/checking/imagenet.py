"""Do ImageNet's photos lie in the folders of their classes?"""

from collections import Counter
from collections.abc import Iterator

from polytask.data.checking.findings import Finding
from polytask.data.checking.splits import some
from polytask.data.imagenet import ImageNetLayout
from polytask.data.published.entry import Benchmark

SORTED = (
    "sort them: ILSVRC2012_validation_ground_truth.txt of the devkit says which class each is of"
)


def check_folders(layout: ImageNetLayout, benchmark: Benchmark) -> Iterator[Finding]:
    """As many classes as published, the same ones in both parts, every photo in its own."""
    classes: dict[str, Counter[str]] = {}
    for split in layout.splits:
        counts = classes[split] = Counter()
        wrong, flat = [], 0
        for name in layout.ids(split):
            folder, _, file = name.removeprefix(f"{layout.prefix}{split}/").rpartition("/")
            counts[folder] += bool(folder)
            flat += not folder
            if split == "train" and folder and not file.startswith(f"{folder}_"):
                wrong.append(f"{folder}/{file}")
        if flat:
            how = SORTED if split == "val" else "unpack each class's tar into its own folder"
            yield Finding(split, f"{flat:,} photos lie in no folder of a class; {how}")
        if wrong:
            yield Finding(split, f"photos of other classes: {some(wrong)}")
        yield from _numbers(split, +counts, benchmark)
    if len(classes) == 2 and all(map(len, classes.values())):
        lacking = sorted(set(classes["train"]) - set(+classes["val"]))
        if lacking:
            yield Finding("val", f"lacks classes of train: {some(lacking)}")


def _numbers(split: str, counts: Counter[str], benchmark: Benchmark) -> Iterator[Finding]:
    """There are 1000 classes, and of each of them 50 validation images."""
    if counts and len(counts) != benchmark.num_classes:
        message = f"has {len(counts)} classes; published: {benchmark.num_classes}"
        yield Finding(split, message)
    each = benchmark.splits["val"] // benchmark.num_classes
    if split == "val" and (odd := [name for name in sorted(counts) if counts[name] != each]):
        yield Finding(split, f"not {each} photos each: {some(odd)}")
