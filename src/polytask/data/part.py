"""A share of a data set's images: what a method learns from less (SAK, Figure 5)."""

from collections.abc import Mapping
from typing import Any

from polytask.data.sampling import Key, KeyedDataset, order, split_key
from polytask.errors import UserError


class Part:
    """A random `share` of the images of `dataset`, the same for everybody who has this `seed`.

    A smaller share lies within a larger one. Samples keep the index that they have in the whole,
    by which cached features are found. Raises UserError where nothing would be left.
    """

    def __init__(self, dataset: KeyedDataset, share: float, seed: int) -> None:
        count = round(share * len(dataset))
        if not 0 < count <= len(dataset):
            raise UserError(
                f"share {share:g} of {len(dataset)} images is {count}; give 0 < share <= 1"
            )
        self.dataset = dataset
        drawn = order(len(dataset), seed, epoch=0)[:count]
        self.indices = sorted(map(int, drawn))

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, key: Key) -> Mapping[str, Any]:
        at, view = split_key(key)
        return self.dataset[(self.indices[at], view)]
