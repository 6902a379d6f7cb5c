"""Test parts of our own making."""

from polytask.data.held_out import split_by_name

IDS = [f"{number:05}" for number in range(1000)]


def test_parts_share_nothing_and_lack_nothing() -> None:
    training, test = split_by_name(IDS)
    assert (len(training), len(test)) == (800, 200)
    assert sorted(training + test) == IDS
    assert training == sorted(training) and test == sorted(test)


def test_the_same_ids_are_held_out_in_any_order_on_any_machine() -> None:
    """Their SHA-256 begin with ca, 3e, 2e, 18, 3f: the highest is that of "a"."""
    assert split_by_name(["a", "b", "c", "d", "e"]) == (["b", "c", "d", "e"], ["a"])
    assert set(split_by_name(IDS[::-1])[1]) == set(split_by_name(IDS)[1])
