"""Semantic classes of a data set that count as others, so that two data sets have the same ones."""

from collections.abc import Sequence

import numpy as np

from polytask.errors import UserError
from polytask.tasks import IGNORE


class MergedClasses:
    """What each class of a data set's files counts as: one of `num_classes`, or 255, ignored.

    Raises UserError for any other, and for a class that none counts as.
    """

    def __init__(self, counts_as: Sequence[int], num_classes: int) -> None:
        found = set(counts_as) - {IGNORE}
        if wrong := sorted(found ^ set(range(num_classes))):
            what = "is none of" if wrong[0] in found else "is missing among"
            raise UserError(
                f"merged: {wrong[0]} {what} the classes 0 to {num_classes - 1}; check `num_classes`"
            )
        self.counts_as = tuple(counts_as)
        self.table = np.full(256, IGNORE, np.uint8)
        self.table[: len(counts_as)] = counts_as

    def __len__(self) -> int:
        return len(self.counts_as)

    def __call__(self, labels_HW: np.ndarray) -> np.ndarray:
        """Labels uint8 of the files' classes as those that they count as; 255 stays."""
        return self.table[labels_HW]

    def names(self, names: Sequence[str] | None) -> list[str] | None:
        """The names of the classes: of those that count as one, the first's."""
        if names is None:
            return None
        firsts = [self.counts_as.index(number) for number in sorted({*self.counts_as} - {IGNORE})]
        return [names[at] for at in firsts]
