from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
import torch

from polytask.data.photos import PhotoCorpus
from polytask.data.sampling import Plan, batches, batches_of, in_order
from polytask.data.views import RandomResizedCrop
from polytask.errors import UserError

from .test_photos import write_photos


class Numbers:
    """Ten samples that are their own key."""

    def __len__(self) -> int:
        return 10

    def __getitem__(self, key: int | tuple[int, int | None]) -> dict:
        return {"key": torch.tensor(key)}


def test_every_epoch_visits_every_sample_once_in_another_order() -> None:
    keys = [key for batch in Plan(10, 4, 10, seed=0, num_views=3) for key in batch]
    epochs = [keys[start : start + 10] for start in range(0, 40, 10)]
    assert all({index for index, _ in epoch} == set(range(10)) for epoch in epochs)
    assert len({tuple(index for index, _ in epoch) for epoch in epochs}) == 4
    assert [{view for _, view in epoch} for epoch in epochs] == [{0}, {1}, {2}, {0}]


def test_no_view_comes_twice_when_views_are_fresh() -> None:
    keys = [key for batch in Plan(10, 4, 25, seed=0, num_views=0) for key in batch]
    assert max(Counter(keys).values()) == 1


@pytest.mark.parametrize("world_size", [2, 4, 8])
def test_processes_share_the_batches_of_one(world_size: int) -> None:
    whole = list(Plan(10, 8, 6, 0, 2))
    ranks = [list(Plan(10, 8, 6, 0, 2, rank, world_size)) for rank in range(world_size)]
    assert [list(chain(*parts)) for parts in zip(*ranks, strict=True)] == whole


def test_a_continued_run_sees_what_it_would_have_seen() -> None:
    assert list(Plan(10, 4, 9, 0, 2, first_step=5)) == list(Plan(10, 4, 9, 0, 2))[5:]


def test_a_batch_larger_than_the_data_set_goes_round() -> None:
    (batch,) = Plan(3, 8, 1, 0, 0)
    counts = Counter(index for index, _ in batch)
    assert len(batch) == 8 and set(counts.values()) == {2, 3}
    assert {view for _, view in batch} == {0, 1, 2}


@pytest.mark.parametrize(("world_size", "num_workers"), [(1, 2), (2, 0), (2, 1), (8, 0)])
def test_neither_processes_nor_workers_change_what_is_seen(
    tmp_path: Path, world_size: int, num_workers: int
) -> None:
    corpus = PhotoCorpus(
        write_photos(tmp_path / "p", 7), "train", (16, 16), RandomResizedCrop(), seed=3
    )
    whole = list(batches(corpus, 8, 3, 1, 2))
    shares = [
        list(batches(corpus, 8, 3, 1, 2, num_workers, rank, world_size))
        for rank in range(world_size)
    ]
    assert len(whole) == 3
    for batch, *parts in zip(whole, *shares, strict=True):
        for key in ("image", "index", "view"):
            assert torch.equal(torch.cat([part[key] for part in parts]), batch[key])


def test_torchs_own_generator_is_left_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    list(batches(Numbers(), 4, 3, 0, 1))
    assert torch.equal(torch.rand(1), expected)


def test_evaluation_sees_every_plain_sample_in_order() -> None:
    assert [batch["key"].tolist() for batch in in_order(Numbers(), 4)] == [
        [0, 1, 2, 3], [4, 5, 6, 7], [8, 9],
    ]  # fmt: skip
    keys = [(3, 1), (2, 0), (3, 0)]
    found = [key for batch in batches_of(Numbers(), keys, 2) for key in batch["key"].tolist()]
    assert found == [[3, 1], [2, 0], [3, 0]]


def test_batches_that_cannot_be_shared_are_refused() -> None:
    with pytest.raises(UserError, match="batch_size 6 cannot be shared evenly by 4 processes"):
        Plan(10, 6, 1, 0, 1, 0, 4)


@pytest.mark.parametrize("num_workers", [0, 1])
def test_a_bad_file_stays_one_line(tmp_path: Path, num_workers: int) -> None:
    write_photos(tmp_path / "p", 2)
    (tmp_path / "p/001.png").write_bytes(b"nothing")
    corpus = PhotoCorpus(tmp_path / "p", "train", (16, 16), None)
    with pytest.raises(UserError) as error:
        list(batches(corpus, 1, 1, 0, 1, num_workers=num_workers))
    assert str(error.value).startswith(f"{tmp_path}/p/001.png: not an image")
    assert "\n" not in str(error.value)
