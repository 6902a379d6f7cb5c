"""Virtual KITTI 2 as its archives unpack into one folder, or into one each named by its content.

Scene{01,02,06,18,20}/{variant}/frames/{rgb,classSegmentation,depth}/Camera_{0,1}/
{rgb_%05d.jpg,classgt_%05d.png,depth_%05d.png}: classes are colours, depth is in centimetres,
normals are made of it.
"""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np

from polytask.data.centimetres import read_centimetres
from polytask.data.depth_normals import Camera, normals_from_depth
from polytask.data.held_out import split_by_name
from polytask.data.labels import check_classes, check_size, read_pixels
from polytask.data.layout import ImageFiles, Source, first_file, first_tree, known_split, known_task
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError
from polytask.tasks import IGNORE

CLASSES = {
    "terrain": (210, 0, 200), "sky": (90, 200, 255), "tree": (0, 199, 0),
    "vegetation": (90, 240, 0), "building": (140, 140, 140), "road": (100, 60, 100),
    "guard rail": (250, 100, 255), "traffic sign": (255, 255, 0), "traffic light": (200, 200, 0),
    "pole": (255, 130, 0), "misc": (80, 80, 80), "truck": (160, 60, 60), "car": (255, 127, 80),
    "van": (0, 139, 139),
}  # fmt: skip
"""Names and colours, in the order of the classes' numbers."""

UNDEFINED = (0, 0, 0)
FILES = {"rgb": "rgb_{}.jpg", "classSegmentation": "classgt_{}.png", "depth": "depth_{}.png"}
FOLDERS = {"semseg": "classSegmentation", "depth": "depth", "normals": "depth"}
CAMERA = Camera(focal=725.0087, centre=(620.5, 187.0))
"""As its `textgt` archive says; of images in their full size."""

FRAME = re.compile(
    r"((?:[^/]+/)??)(?:(?:rgb|classSegmentation|depth)/)?(Scene\d\d/[^/]+)/frames/(?:rgb|classSegmentation|depth)/(Camera_[01])/"
    r"(?:rgb|classgt|depth)_(\d{5})\.(?:jpg|png)"
)
USUAL = re.compile(r"Scene\d\d/15-deg-left/Camera_0/.*")
"""The frames that DenseMTL trains and tests on."""


class VirtualKITTI2Layout(ImageFiles):
    """The names in a tree of Virtual KITTI 2, at its root or in its one folder.

    Ids are scene, variant, camera and number, `Scene01/15-deg-left/Camera_0/00012`; a frame with
    any of its files counts. `train` and `test` are 80 % and 20 % of `15-deg-left`, Camera_0 (as in
    DenseMTL; which ones is our own choice), `all` are all frames.
    """

    title = "Virtual KITTI 2"
    sign = "Scene*/*/frames/rgb/Camera_*/rgb_*.jpg"
    splits = ("train", "test", "all")

    def __init__(self, tree: FileTree, prefix: str, frames: Sequence[str]) -> None:
        self.tree, self.prefix, self.frames = tree, prefix, frames

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        found = first_tree(tree, FRAME)
        return cls(tree, *found) if found else None

    def ids(self, split: str) -> list[str]:
        known_split(self.tree, split, self.splits)
        if split == "all":
            return list(self.frames)
        usual = [name for name in self.frames if USUAL.fullmatch(name)]
        ids = split_by_name(usual)[self.splits.index(split)]
        if not ids:
            raise UserError(f"{self.tree.root}: {split} needs 15-deg-left, Camera_0 of any scene")
        return ids

    def image(self, name: str) -> str:
        return self._file(name, "rgb")

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        known_task(task, FOLDERS)
        return (self._file(name, FOLDERS[task]),)

    def _file(self, name: str, folder: str) -> str:
        variant, camera, number = name.rsplit("/", 2)
        stem, _, suffix = FILES[folder].format(number).partition(".")
        file = f"{variant}/frames/{folder}/{camera}/{stem}"
        stems = [f"{self.prefix}{file}", f"{self.prefix}{folder}/{file}"]
        return first_file(self.tree, stems, [f".{suffix}"])

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        if task == "depth":
            return read_centimetres(sources[0], image_hw)
        if task == "normals":
            return normals_from_depth(read_centimetres(sources[0], image_hw), CAMERA)
        colours = read_pixels(sources[0].data, sources[0].path)
        check_size(colours, sources[0].path, image_hw)
        classes = _classes(colours, sources[0].path)
        check_classes(classes, sources[0].path, num_classes)
        return classes

    def class_names(self, num_classes: int) -> list[str] | None:
        return list(CLASSES)


def _classes(colours: np.ndarray, name: str) -> np.ndarray:
    """Colours (H, W, 3) to classes (H, W), undefined ones ignored."""
    if colours.shape[2:] != (3,) or colours.dtype != np.uint8:
        raise UserError(f"{name}: classes must be colours (RGB) of 8 bits")
    known = _packed(np.array([*CLASSES.values(), UNDEFINED]))
    numbers = np.array([*range(len(CLASSES)), IGNORE], np.uint8)
    order = np.argsort(known)
    packed = _packed(colours)
    places = order[np.searchsorted(known, packed, sorter=order).clip(max=len(known) - 1)]
    if (unknown := packed != known[places]).any():
        colour = tuple(colours[unknown][0].tolist())
        raise UserError(f"{name}: colour {colour} is no class of Virtual KITTI 2")
    return numbers[places]


def _packed(colours: np.ndarray) -> np.ndarray:
    """(..., 3) colours as one number each."""
    return colours.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
