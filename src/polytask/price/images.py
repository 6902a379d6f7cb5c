"""How many images a set has: as it is rendered, counted on this disk, or as it is published."""

from collections.abc import Iterable
from pathlib import Path

from polytask.data.layouts import LAYOUTS
from polytask.data.photos import PhotoCorpus
from polytask.data.tree import open_tree
from polytask.price.jobs import Job

PUBLISHED = {
    "cityscapes": {"train": 2975, "val": 500, "test": 1525},
    "cityscapes_npy": {"train": 2975, "val": 500, "simo_train": 2380, "simo_val": 595},
    "nyudv2": {"train": 795, "val": 654},
    "nyuv2": {"train": 795, "simo_val": 400, "simo_test": 254},
    "pascalcontext": {"train": 4998, "val": 5105, "test_new": 2498},
    "taskonomy": {"simo_train": 16_000, "simo_val": 4000, "simo_test": 4000},
    "imagenet": {"train": 1_281_167, "val": 50_000},  # ILSVRC 2012
    "adechallengedata2016": {"training": 20_210, "validation": 2000},
    "coco": {"train": 118_287, "val": 5000},
    "rand_cityscapes": {"train": 7520, "test": 1880},
    "vkitti2": {"train": 1700, "test": 426},
}
"""By the name of the folder, for sets that are not here yet."""


class Images:
    """Numbers of images; `remarks` says which were not counted, or are not known."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.rendered = {out: j.config for j in jobs if j.rule == "rooms" for out in j.outputs}
        self.remarks: dict[str, str] = {}
        self._counted: dict[tuple[str, str], int | None] = {}

    def of(self, root: str, split: str, *, photos: bool = False) -> int | None:
        """The images of a split of a labelled set, or of `photos`; None where nobody knows."""
        if (root, split) not in self._counted:
            self._counted[root, split] = self._find(root, split, photos)
        return self._counted[root, split]

    def _find(self, root: str, split: str, photos: bool) -> int | None:
        if root in self.rendered:
            return self.rendered[root][split]
        if Path(root).exists():
            if photos:
                return len(PhotoCorpus(root, split, (1, 1), None))
            tree = open_tree(root)
            found = filter(None, (layout.find(tree) for layout in LAYOUTS.values()))
            return next((len(each.ids(split)) for each in found if split in each.splits), None)
        known = PUBLISHED.get(Path(root).name.lower(), {}).get(split)
        if known is None:
            self.remarks[root] = f"{root} is not here, and how many images it has is not known"
        else:
            self.remarks[root] = f"{root} is not here: its published number of images is taken"
        return known
