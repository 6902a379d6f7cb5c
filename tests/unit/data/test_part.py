"""A share of the training images."""

import pytest

from polytask.data.part import Part
from polytask.errors import UserError


class Numbers:
    """Ten samples that say their own key."""

    def __len__(self):
        return 10

    def __getitem__(self, key):
        return {"key": key}


def test_a_sample_keeps_the_index_that_it_has_in_the_whole():
    part = Part(Numbers(), 0.5, seed=3)
    assert len(part) == 5
    assert [part[(at, 2)]["key"] for at in range(5)] == [(index, 2) for index in part.indices]
    assert len(set(part.indices)) == 5


def test_a_smaller_share_lies_within_a_larger_one():
    small, large = (Part(Numbers(), share, seed=0).indices for share in (0.2, 0.7))
    assert set(small) < set(large)
    assert Part(Numbers(), 0.2, seed=0).indices == small
    assert Part(Numbers(), 0.2, seed=1).indices != small


def test_the_whole_is_in_order():
    assert Part(Numbers(), 1.0, seed=5).indices == list(range(10))


@pytest.mark.parametrize("share", [0.01, 1.5])
def test_nothing_and_too_much_are_refused(share):
    with pytest.raises(UserError, match="share"):
        Part(Numbers(), share, seed=0)
