"""Panoptic quality: worked examples on a row of pixels."""

import numpy as np
import pytest
import torch

from polytask.errors import UserError
from polytask.metrics.panoptic import PanopticQuality

THING, STUFF = 0, 1


def truth(row, classes, crowd=()):
    """Segments 1, 2, ... of a row of pixels, 0 being void."""
    row = torch.tensor([row])
    masks = torch.stack([row == at for at in range(1, len(classes) + 1)])
    group = torch.tensor([at in crowd for at in range(1, len(classes) + 1)])
    return {"panoptic": {"masks": masks, "classes": torch.tensor(classes), "crowd": group}}


def guess(row, classes):
    segments = [{"id": at, "class": each, "score": 1.0} for at, each in classes.items()]
    return {"ids": np.array([row], np.int32), "segments": segments}


def measured(*pairs, num_classes=2, things=(THING,)):
    metric = PanopticQuality(num_classes, things)
    for prediction, sample in pairs:
        metric.update(prediction, sample)
    return metric.compute()


def test_worked_example():
    # Thing 1 of 4 pixels, 3 of them found; thing 2 missed; thing 9 made up; all of the stuff.
    labels = truth([1, 1, 1, 1, 2, 2, 3, 3, 3, 3], [THING, THING, STUFF])
    found = measured((guess([5, 5, 5, 0, 9, 0, 7, 7, 7, 7], {5: 0, 9: 0, 7: 1}), labels))
    assert found == pytest.approx({
        "pq": (37.5 + 100) / 2, "sq": (75 + 100) / 2, "rq": (50 + 100) / 2,
        "pq_things": 37.5, "pq_stuff": 100,
    })  # fmt: skip


def test_half_an_overlap_is_no_match():
    labels = truth([1, 1, 1, 1], [THING])
    assert measured((guess([3, 3, 0, 0], {3: THING}), labels))["pq"] == 0
    assert measured((guess([3, 3, 3, 0], {3: THING}), labels))["pq"] == pytest.approx(75)


def test_another_class_is_no_match():
    found = measured((guess([4, 4], {4: STUFF}), truth([1, 1], [THING])))
    assert found == {"pq": 0, "sq": 0, "rq": 0, "pq_things": 0, "pq_stuff": 0}


def test_void_is_left_out_of_the_union():
    labels = truth([1, 1, 1, 0, 0, 0], [THING])
    assert measured((guess([2, 2, 2, 2, 2, 2], {2: THING}), labels))["pq"] == pytest.approx(100)


@pytest.mark.parametrize(("on_void", "expected"), [(2, 100 / 1.5), (3, 100)])
def test_more_than_half_on_void_is_no_false_positive(on_void, expected):
    labels = truth([1, 1, 1, 2, 2, 0, 0, 0], [THING, STUFF])
    row = [3, 3, 3, 4, 4, *[4] * on_void, *[0] * (3 - on_void)]
    # segment 4 is a thing on 2 pixels of stuff and on void
    found = measured((guess(row, {3: THING, 4: THING}), labels))
    assert found["pq_things"] == pytest.approx(expected)


def test_crowds_are_neither_missed_nor_matched_and_excuse_what_lies_on_them():
    labels = truth([1, 1, 2, 2, 2, 2], [THING, THING], crowd=[2])
    for row in ([3, 3, 0, 0, 0, 0], [3, 3, 4, 4, 5, 5]):
        classes = {at: THING for at in row if at}
        assert measured((guess(row, classes), labels))["pq"] == pytest.approx(100)
    other = guess([3, 3, 4, 4, 4, 4], {3: THING, 4: STUFF})
    assert measured((other, labels))["pq_stuff"] == 0


def test_void_and_crowd_together_excuse():
    labels = truth([1, 1, 2, 0, 3, 3], [THING, THING, STUFF], crowd=[2])
    # segment 5: a crowd's pixel, a void one and one of the stuff
    found = measured((guess([4, 4, 5, 5, 5, 6], {4: 0, 5: 0, 6: 1}), labels))
    assert found["pq_things"] == pytest.approx(100)


def test_counts_are_pooled_over_images_before_they_are_divided():
    perfect = guess([2, 2], {2: THING}), truth([1, 1], [THING])
    missed = guess([0, 0], {}), truth([1, 2], [THING, THING])
    assert measured(perfect, missed)["pq"] == pytest.approx(100 / (1 + 2 / 2))


def test_numbers_that_the_map_does_not_have_are_nothing():
    assert measured((guess([2, 2], {2: THING, 8: THING}), truth([1, 1], [THING])))["pq"] == 100


def test_parts_without_classes_are_left_out():
    found = measured((guess([2, 2], {2: THING}), truth([1, 1], [THING])))
    assert set(found) == {"pq", "sq", "rq", "pq_things"}
    with pytest.raises(UserError, match="no segment"):
        PanopticQuality(2, [THING]).compute()
