"""Are the image and the labels of one id there, readable, of one size, and in their ranges?"""

from dataclasses import dataclass, field

from PIL import Image

from polytask.data.benchmarks import Benchmark
from polytask.data.checking.findings import Finding
from polytask.data.checking.objects import ObjectCounts, count_objects
from polytask.data.checking.values import Values, measure, oddities
from polytask.data.images import encoding_of
from polytask.data.layout import Layout, read
from polytask.data.views import Size
from polytask.errors import UserError


@dataclass(frozen=True)
class Sample:
    """What was found at one id; `image_hw` is None where the image cannot be read.

    `encoding` is the format and the mode of the image's file, None where it is an array.
    """

    image_hw: Size | None
    encoding: str | None = None
    values: dict[str, Values] = field(default_factory=dict)
    objects: ObjectCounts = field(default_factory=ObjectCounts)
    findings: list[Finding] = field(default_factory=list)


def check_sample(
    layout: Layout, split: str, name: str, benchmark: Benchmark, *, has_objects: bool
) -> Sample:
    """Read everything that training and evaluation would read of one image."""
    root, subject = layout.tree.root, f"{split} {name}"
    findings: list[Finding] = []
    values: dict[str, Values] = {}
    image_hw = encoding = None
    try:
        file = layout.image(name)
        sources = read(layout.tree, [file])
        image = layout.decode_image(*sources)
        encoding = encoding_of(sources[0].data)
        image_hw = (image.height, image.width)
        findings += [Finding(file, text) for text in _odd_image(image, benchmark)]
    except UserError as error:
        findings.append(Finding.of(error, root, subject))
    for task in benchmark.tasks:
        try:
            files = layout.labels(task, name)
            label_hw = image_hw or benchmark.image_hw
            if label_hw is None:
                continue
            label = layout.decode_label(
                task, read(layout.tree, files), benchmark.num_classes, label_hw
            )
        except UserError as error:
            findings.append(Finding.of(error, root, f"{subject} {task}"))
            continue
        values[task] = measure(task, label)
        if files:
            findings += [Finding(files[0], text) for text in oddities(task, label, benchmark)]
    objects = ObjectCounts()
    if has_objects and image_hw:
        try:
            objects = count_objects(layout, name, benchmark.num_classes, image_hw)
        except UserError as error:
            findings.append(Finding.of(error, root, f"{subject} instances"))
    return Sample(image_hw, encoding, values, objects, findings)


def _odd_image(image: Image.Image, benchmark: Benchmark) -> list[str]:
    found = []
    if benchmark.image_hw and (image.height, image.width) != benchmark.image_hw:
        height, width = benchmark.image_hw
        found.append(f"is {image.height} x {image.width} pixels; published: {height} x {width}")
    elif (most := benchmark.max_hw) and (image.height > most[0] or image.width > most[1]):
        height, width = most
        found.append(f"is {image.height} x {image.width} pixels; none has over {height} x {width}")
    if all(low == high for low, high in image.getextrema()):
        found.append("is of one single colour")
    return found
