"""The names of the papers' semantic classes, where the files of a data set do not hold them."""

CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "pascal_context": (
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat",
        "chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant",
        "sheep", "sofa", "train", "tvmonitor",
    ),
    "nyud": (
        "wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window",
        "bookshelf", "picture", "counter", "blinds", "desk", "shelves", "curtain", "dresser",
        "pillow", "mirror", "floor mat", "clothes", "ceiling", "books", "refrigerator",
        "television", "paper", "towel", "shower curtain", "box", "whiteboard", "person",
        "night stand", "toilet", "sink", "lamp", "bathtub", "bag", "otherstructure",
        "otherfurniture", "otherprop",
    ),
}  # fmt: skip
"""Layout -> names in the order of the classes: VOC's 21, and the 40 of NYUD-v2."""


def names_in(layout: str, num_classes: int) -> list[str] | None:
    """The names of a layout's classes; None for a data set of another number of them."""
    names = CLASS_NAMES[layout]
    return list(names) if len(names) == num_classes else None


def names_by_number(num_classes: int) -> list[str]:
    """The names of the one data set with so many classes; none where there is no such data set."""
    found = (list(names) for names in CLASS_NAMES.values() if len(names) == num_classes)
    return next(found, [])
