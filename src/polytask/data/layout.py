"""What a labelled data set must say about itself so that one reader serves all of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np
from PIL import Image

from polytask.data.images import decode_image
from polytask.data.objects import Objects
from polytask.data.tree import FileTree
from polytask.data.views import Size
from polytask.errors import UserError


@dataclass(frozen=True)
class Source:
    """The bytes of one file, and its path as messages name it."""

    data: bytes
    path: str


class Layout(Protocol):
    """Which splits there are, which images a split has, which files hold a label, what they mean.

    Images go by ids, unique within the data set. Everything raises UserError naming the file.
    """

    title: ClassVar[str]
    sign: ClassVar[str]
    """What a tree must hold to be in this layout, for messages."""

    labelled_of_image: ClassVar[Sequence[str]]
    """The tasks that have files here though their labels could be made of the image."""

    @property
    def tree(self) -> FileTree: ...

    @property
    def splits(self) -> Sequence[str]: ...

    @classmethod
    def find(cls, tree: FileTree) -> Self | None:
        """The layout of `tree`, at its root or in its one folder, or None where it has another."""
        ...

    def ids(self, split: str) -> list[str]:
        """The ids of a split, in the data set's order; there is at least one."""
        ...

    def image(self, name: str) -> str:
        """The file of one image."""
        ...

    def labels(self, task: str, name: str) -> tuple[str, ...]:
        """The files that one label is made of."""
        ...

    def decode_image(self, source: Source) -> Image.Image:
        """An image as RGB, 8 bits per channel."""
        ...

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray | Objects:
        """One label: (H, W) or, for normals, (3, H, W), as `data.labels.decode_label` says.

        "instances" and "panoptic" are Objects, "image_class" is int64 ().
        """
        ...

    def class_names(self, num_classes: int) -> list[str] | None:
        """The names of its semantic classes, where the data set brings them or is known by them."""
        ...

    def things(self) -> tuple[int, ...]:
        """The semantic classes that come as countable objects: the k-th is class k of instances."""
        ...

    def image_classes(self) -> tuple[str, ...]:
        """The names of the classes of whole images."""
        ...

    def has_objects(self, split: str) -> bool:
        """Whether a split comes with "instances"; there are data sets that may be without."""
        ...

    def outlines(self, name: str) -> Objects | None:
        """The "instances" of an image without their masks, or None where that is no quicker."""
        ...


class DenseOnly:
    """A layout that knows nothing of objects and of whole images, where it does not say more."""

    labelled_of_image: ClassVar[Sequence[str]] = ()

    def things(self) -> tuple[int, ...]:
        return ()

    def image_classes(self) -> tuple[str, ...]:
        return ()

    def has_objects(self, split: str) -> bool:
        return False

    def outlines(self, name: str) -> Objects | None:
        return None


class ImageFiles(DenseOnly):
    """A layout whose images are files that Pillow reads."""

    def decode_image(self, source: Source) -> Image.Image:
        return decode_image(source.data, source.path)


def first_tree(tree: FileTree, pattern: re.Pattern[str]) -> tuple[str, list[str]] | None:
    """Where a data set begins, by the names that match: the first group, and the others by "/".

    The others are sorted, each once. None where no name matches.
    """
    found: dict[str, set[str]] = {}
    for match in filter(None, map(pattern.fullmatch, tree.names())):
        prefix, *parts = match.groups()
        found.setdefault(prefix, set()).add("/".join(parts))
    if not found:
        return None
    prefix = min(found)
    return prefix, sorted(found[prefix])


def read(tree: FileTree, files: Sequence[str]) -> list[Source]:
    """The files of one label or image."""
    return [Source(tree.read(file), f"{tree.root}/{file}") for file in files]


def split_lists(tree: FileTree, folder: str) -> tuple[str, list[str]] | None:
    """Prefix and names of the lists `folder`/*.txt, at the root of the tree or in its one folder.

    None where there are none.
    """
    lists: dict[str, list[str]] = {}
    for name in tree.names():
        parent, _, file = f"/{name}".rpartition("/")
        outer, _, _ = parent.rpartition(f"/{folder}")
        if file.endswith(".txt") and parent == f"{outer}/{folder}" and outer.count("/") <= 1:
            prefix = f"{outer}/".removeprefix("/")
            lists.setdefault(prefix, []).append(file.removesuffix(".txt"))
    return min(lists.items()) if lists else None


def read_list(tree: FileTree, folder: str, split: str, splits: Sequence[str]) -> list[str]:
    """The ids in `folder`/{split}.txt, one a line; raises UserError where there are none."""
    known_split(tree, split, splits)
    lines = tree.read(f"{folder}/{split}.txt").decode(errors="replace").splitlines()
    ids = [line.strip() for line in lines if line.strip()]
    if not ids:
        raise UserError(f"{tree.root}: {folder}/{split}.txt lists no images")
    return ids


def has_folder(tree: FileTree, folder: str) -> bool:
    """Whether a file lies in `folder` or below."""
    return any(name.startswith(f"{folder}/") for name in tree.names())


def first_file(tree: FileTree, stems: Sequence[str], suffixes: Sequence[str]) -> str:
    """The first of `stems` with one of `suffixes` that is there; raises UserError for none."""
    for stem in stems:
        for suffix in suffixes:
            if stem + suffix in tree:
                return stem + suffix
    wanted = " or ".join(f"{stem}{' or '.join(suffixes)}" for stem in stems)
    raise UserError(f"{tree.root}: has no {wanted}{_instead(tree, stems)}")


_OTHER_ENDINGS = (".mat", ".npy", ".png", ".jpg", ".tif")


def _instead(tree: FileTree, stems: Sequence[str]) -> str:
    """What lies there under the same name with another ending."""
    others = [stem + end for stem in stems for end in _OTHER_ENDINGS if stem + end in tree]
    return f"; {others[0]} is there, of another archive or version" if others else ""


def known_task(task: str, known: Iterable[str]) -> None:
    """Raise UserError where a layout has no labels for `task`."""
    if task not in (names := list(known)):
        raise UserError(f"no labels for task {task!r}; there are {', '.join(names)}")


def known_split(tree: FileTree, split: str, known: Iterable[str]) -> None:
    """Raise UserError where a data set has no `split`."""
    if split not in (names := list(known)):
        raise UserError(f"{tree.root}: no split {split!r}; there are {', '.join(names)}")
