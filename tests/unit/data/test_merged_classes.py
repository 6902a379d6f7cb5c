"""Classes that count as others: labels, names, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from polytask.data.labelled import MultiTaskDataset
from polytask.data.merged_classes import MergedClasses
from polytask.errors import UserError

from .conftest import NUM_CLASSES


def test_labels_are_looked_up_and_what_is_ignored_stays_so():
    merged = MergedClasses([0, 1, 0, 255, 1], 2)
    labels = np.array([[0, 1, 2], [3, 4, 255]], np.uint8)
    assert merged(labels).tolist() == [[0, 1, 0], [255, 1, 255]]
    assert merged(labels).dtype == np.uint8 and len(merged) == 5


def test_a_class_is_called_as_the_first_that_counts_as_it():
    merged = MergedClasses([1, 255, 0, 1], 2)
    assert merged.names(["bed", "sky", "wall", "sofa"]) == ["wall", "bed"]
    assert merged.names(None) is None


@pytest.mark.parametrize(
    ("counts_as", "message"),
    [([0, 1, 2], "2 is none of the classes 0 to 1"), ([0, 0], "1 is missing among")],
)
def test_classes_that_do_not_fit_their_number_are_refused(counts_as, message):
    with pytest.raises(UserError, match=f"merged: {message}"):
        MergedClasses(counts_as, 2)


def test_a_data_set_has_the_merged_classes(labelled: Path) -> None:
    def semseg(num_classes, **options):
        data = MultiTaskDataset(
            labelled, "train", ("semseg", "depth"), num_classes, None, (24, 32), **options
        )
        return data[0]["semseg"].numpy()

    parity = [at % 2 for at in range(NUM_CLASSES)]
    plain, merged = semseg(NUM_CLASSES), semseg(2, merged=parity)
    assert (merged == np.where(plain == 255, 255, plain % 2)).all()
    assert len(np.unique(plain)) > len(np.unique(merged))
