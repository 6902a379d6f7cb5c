"""Unlabelled photos from anywhere: a folder, an ImageNet copy, or a labelled set's images."""

from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

from PIL import Image

from polytask.data.geometry import view_image
from polytask.data.images import is_photo, open_image, to_rgb, upright_size
from polytask.data.nyud import NYUDLayout
from polytask.data.sampling import Key, as_sample, split_key
from polytask.data.tree import FileTree, open_tree
from polytask.data.views import CentreCrop, Size, View, ViewPolicy
from polytask.errors import UserError

VAL_EVERY = 10
"""Without a val part, every tenth photo (sorted by name) is kept for it."""


class PhotoCorpus:
    """Photos by key (index, view), each `{"image", "index", "view"}`.

    `root` is a folder or an uncompressed tar: NYUD-v2 layout, ImageNet layout
    (train/wnid/x.JPEG, val/wnid/x.JPEG, alone or in one folder) or any photos at any depth. View
    None, or no policy, is the largest centred crop. `keep_in_memory` decodes small photos once.
    Raises UserError where there are no photos or one is unreadable.
    """

    def __init__(
        self, root: Path | str, split: str, image_size: Size, view_policy: ViewPolicy | None, *,
        seed: int = 0, keep_in_memory: bool = False,
    ) -> None:  # fmt: skip
        self.tree = open_tree(root)
        layout = NYUDLayout.find(self.tree)
        self.upright = layout is None  # labels lie over the pixels as they are stored
        parts = _photos(self.tree) if layout is None else _listed(layout, split)
        self.files = _split(parts, split, self.tree.root)
        self.image_size, self.seed = tuple(image_size), seed
        self.view_policy = view_policy
        self.memory: dict[int, Image.Image] | None = {} if keep_in_memory else None

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, key: Key) -> dict[str, Any]:
        index, number = split_key(key)
        image, image_hw = self._open(index)
        view = self._view(index, number, image_hw)
        image, view = self._decode(index, image, image_hw, view)
        return as_sample({"image": view_image(view, image, self.image_size)}, index, number)

    def view(self, index: int, number: int | None) -> View:
        """The view that the sample (index, number) shows."""
        return self._view(index, number, self._open(index)[1])

    def _view(self, index: int, number: int | None, image_hw: Size) -> View:
        policy = CentreCrop() if number is None or self.view_policy is None else self.view_policy
        return policy.draw(self.seed, index, number or 0, image_hw, self.image_size)

    def _open(self, index: int) -> tuple[Image.Image, Size]:
        if self.memory is not None and index in self.memory:
            image = self.memory[index]
            return image, (image.height, image.width)
        image = open_image(self.tree.read(self.files[index]), self._path(index))
        return image, upright_size(image, self._path(index), upright=self.upright)

    def _decode(
        self, index: int, image: Image.Image, image_hw: Size, view: View
    ) -> tuple[Image.Image, View]:
        """Decode, large JPEGs at an eighth to one of their size if the view needs no more."""
        if self.memory is not None and index in self.memory:
            return image, view
        height, width = self.image_size
        shrink = min(view.height / height, view.width / width)
        scale = 1.0
        if shrink >= 2:
            scale = _shrink(image, shrink)
        image = to_rgb(image, self._path(index), upright=self.upright)
        small = min(image_hw[0] / height, image_hw[1] / width) < 2
        if self.memory is not None and small:
            self.memory[index] = image
        return image, replace(
            view, top=view.top * scale, height=view.height * scale,
            left=view.left * scale, width=view.width * scale,
        )  # fmt: skip

    def _path(self, index: int) -> str:
        return f"{self.tree.root}/{self.files[index]}"


def _shrink(image: Image.Image, shrink: float) -> float:
    """Have an opened JPEG decoded smaller, by at most `shrink`; returns the scale it will have."""
    width = image.width
    drafted = image.draft(None, (ceil(width / shrink), ceil(image.height / shrink)))
    return drafted[1][2] / width if drafted else 1.0


def _listed(layout: NYUDLayout, split: str) -> dict[str, list[str]]:
    """The images of `split`, or of train where there is no val."""
    part = "train" if split == "val" and "val" not in layout.splits else split
    parts = {part: [layout.image(name) for name in layout.ids(part)]}
    if "val" in layout.splits:
        parts.setdefault("val", [])  # it has its own list, which is not this one
    return parts


def _photos(tree: FileTree) -> dict[str, list[str]]:
    """All photos as {"train": ...}, or the parts that the first folder level names."""
    names = [name for name in tree.names() if is_photo(name)]
    skip = _common_folder(names)
    parts: dict[str, list[str]] = {"train": [], "val": []}
    for name in names:
        part, _, rest = name[skip:].partition("/")
        if rest and part in parts:
            parts[part].append(name)
    if not parts["train"]:
        return {"train": names}
    return parts if parts["val"] else {"train": parts["train"]}


def _common_folder(names: list[str]) -> int:
    """The length of the one folder that holds everything ('imagenet/'), 0 where there is none."""
    first = names[0].partition("/")[0] + "/" if names else ""
    if first in ("train/", "val/") or not all(name.startswith(first) for name in names):
        return 0
    return len(first)


def _split(parts: dict[str, list[str]], split: str, root: Path) -> list[str]:
    if split == "train" and "val" not in parts:
        files = [name for i, name in enumerate(sorted(parts["train"])) if i % VAL_EVERY]
    elif split == "val" and "val" not in parts:
        files = sorted(parts["train"])[::VAL_EVERY]
    elif split in parts:
        files = parts[split]
    else:
        raise UserError(f"{root}: photos have the splits train and val, not {split!r}")
    if not files:
        raise UserError(f"{root}: has no photos for {split!r} (jpg, png, webp, bmp, tiff, ppm)")
    return files
