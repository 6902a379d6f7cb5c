"""The Taskonomy layout, as its authors and omnitools write it.

{folder}/{building}/point_{p}_view_{v}_domain_{domain}.png, with or without `taskonomy/` before the
building: rgb and normal with 8 bits and three channels, segment_semantic with 8 bits,
depth_zbuffer, edge_texture and keypoints2d with 16 bits; mask_valid, 0 or 255, where it was loaded.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from polytask.data.labels import check_size, read_pixels, shifted_classes
from polytask.data.layout import ImageFiles, Source, first_file, known_split, known_task
from polytask.data.taskonomy.buildings import TINY
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError

IMAGE_FILE = re.compile(
    r"((?:[^/]+/)?)rgb/((?:taskonomy/)?)([^/]+)/(point_\d+_view_\d+)_domain_rgb\.png"
)

NO_DEPTH = 65535
DEPTH_UNITS = 512
"""Steps of depth in a metre."""
FARTHEST = 1 << 13
"""Depth counts below 16 m (taskgrouping); the files go up to 128 m, as through windows."""

CLASSES = [
    "background", "bottle", "chair", "couch", "potted plant", "bed", "dining table", "toilet", "tv",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase",
]  # fmt: skip
"""Of segment_semantic, from id 1 on; 0 is uncertain, so no class."""


@dataclass(frozen=True)
class Domain:
    """Where the labels of one task lie, and in how many bits."""

    folder: str
    name: str
    bits: int


DOMAINS = {
    "semseg": Domain("segment_semantic", "segmentsemantic", 8),
    "depth": Domain("depth_zbuffer", "depth_zbuffer", 16),
    "normals": Domain("normal", "normal", 8),
    "edge_texture": Domain("edge_texture", "edge_texture", 16),
    "keypoints": Domain("keypoints2d", "keypoints2d", 16),
}
MASK = Domain("mask_valid", "depth_zbuffer", 8)
"""Where the scan has a surface, for the tasks that come from it."""
OF_SURFACES = ("depth", "normals")


class TaskonomyLayout(ImageFiles):
    """The names in a tree of Taskonomy's layout, at its root or in its one folder.

    Ids are building, point and view: `allensville/point_0_view_1`; `images` has them by building,
    in the order of the files' names. A split is a list of buildings, all of which must be there.
    """

    title: ClassVar[str] = "Taskonomy"
    sign: ClassVar[str] = "rgb/*/*.png"
    labelled_of_image: ClassVar[Sequence[str]] = ("edge_texture",)
    buildings: ClassVar[Mapping[str, Sequence[str]]] = TINY
    per_building: ClassVar[Mapping[str, int]] = {}
    """How many images of each building a split has at most, the first by file name."""

    def __init__(
        self, tree: FileTree, prefix: str, between: str, images: Mapping[str, list[str]]
    ) -> None:
        self.tree, self.prefix, self.between, self.images = tree, prefix, between, images
        self.splits = list(self.buildings)

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found: dict[tuple[str, str], dict[str, list[str]]] = {}
        for match in filter(None, map(IMAGE_FILE.fullmatch, tree.names())):
            prefix, between, building, view = match.groups()
            images = found.setdefault((prefix, between), {})
            images.setdefault(building, []).append(f"{building}/{view}")
        if not found:
            return None
        (prefix, between), images = min(found.items())
        return cls(tree, prefix, between, images)

    def ids(self, split: str) -> list[str]:
        known_split(self.tree, split, self.splits)
        buildings = self.buildings[split]
        if missing := [name for name in buildings if name not in self.images]:
            raise UserError(
                f"{self.tree.root}: {split} lacks {len(missing)} of {len(buildings)} buildings: "
                f"{', '.join(missing)}"
            )
        at_most = self.per_building.get(split)
        return [name for building in buildings for name in self.images[building][:at_most]]

    def image(self, name: str) -> str:
        return self._file(Domain("rgb", "rgb", 8), name)

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        """The label's file and, for tasks of surfaces, the mask where the copy has masks."""
        known_task(task, DOMAINS)
        mask = self._stem(MASK, name) + ".png"
        with_mask = (mask,) if task in OF_SURFACES and mask in self.tree else ()
        return (self._file(DOMAINS[task], name), *with_mask)

    def _stem(self, domain: Domain, name: str) -> str:
        return f"{self.prefix}{domain.folder}/{self.between}{name}_domain_{domain.name}"

    def _file(self, domain: Domain, name: str) -> str:
        return first_file(self.tree, [self._stem(domain, name)], [".png"])

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        """Depth in metres, normals 8 bits, textures and keypoints as shares of 65535."""
        values, is_known = read_values(task, sources, image_hw)
        if task == "semseg":
            return shifted_classes(values, sources[0].path, num_classes)
        if task == "depth":
            near = is_known & (values < FARTHEST)
            return np.where(near, values / np.float32(DEPTH_UNITS), np.float32(0))
        if task == "normals":
            return np.where(is_known, values.transpose(2, 0, 1), np.uint8(128))
        return values / np.float32(65535)

    def class_names(self, num_classes: int) -> list[str] | None:
        return CLASSES


def read_values(
    task: str, sources: Sequence[Source], image_hw: Size
) -> tuple[np.ndarray, np.ndarray]:
    """The values of a label's file, (H, W) or (H, W, 3), and where they are any (H, W).

    Depth of 65535 is none, nor is what lies outside of the mask. Raises UserError naming the file
    where it is unreadable, not of this size, or not of its domain's bits and channels.
    """
    source, bits = sources[0], DOMAINS[task].bits
    values = read_pixels(source.data, source.path)
    if values.dtype != np.dtype(f"uint{bits}"):
        raise UserError(f"{source.path}: {task} has {bits} bits per channel, not {values.dtype}")
    check_size(values, source.path, image_hw)
    channels = (3,) if task == "normals" else ()
    if values.shape[2:] != channels:
        raise UserError(f"{source.path}: {task} labels need {channels or (1,)} channels per pixel")
    is_known = values != NO_DEPTH if task == "depth" else np.ones(image_hw, bool)
    for mask in sources[1:]:
        shown = read_pixels(mask.data, mask.path)
        check_size(shown, mask.path, image_hw)
        is_known = is_known & (shown.reshape(*image_hw, -1)[..., 0] > 0)
    return values, is_known
