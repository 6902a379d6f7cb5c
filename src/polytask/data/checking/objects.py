"""The objects of images, decoded as training decodes them, and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polytask.data.layout import Layout, read
from polytask.data.objects import Objects
from polytask.data.views import Size
from polytask.errors import UserError


@dataclass(frozen=True)
class ObjectCounts:
    """What the "instances" of any number of images hold; `num_shown` images have some."""

    num_images: int = 0
    num_shown: int = 0
    num_objects: int = 0
    num_crowds: int = 0
    classes: frozenset[int] = frozenset()

    def __add__(self, other: "ObjectCounts") -> "ObjectCounts":
        return ObjectCounts(
            self.num_images + other.num_images,
            self.num_shown + other.num_shown,
            self.num_objects + other.num_objects,
            self.num_crowds + other.num_crowds,
            self.classes | other.classes,
        )


def splits_with_objects(layout: Layout, splits: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The splits whose objects are to be read; files of a whole split are read here, once."""
    found = frozenset(split for split in splits if layout.has_objects(split))
    for split in found:
        try:
            layout.labels("instances", splits[split][0])
        except UserError:
            continue  # told of the images that need it
    return found


def count_objects(layout: Layout, name: str, num_classes: int, image_hw: Size) -> ObjectCounts:
    """Of one image; raises UserError naming the file where they cannot be read."""
    sources = read(layout.tree, layout.labels("instances", name))
    objects = layout.decode_label("instances", sources, num_classes, image_hw)
    assert isinstance(objects, Objects)
    return ObjectCounts(
        1, int(len(objects) > 0), len(objects), int(objects.crowd.sum()),
        frozenset(objects.classes.tolist()),
    )  # fmt: skip
