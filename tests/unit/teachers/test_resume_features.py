"""An extraction that was cut short goes on at the next shard, and leaves the same bytes."""

import errno
import json
import os

import numpy as np
import pytest
import torch

from polytask.data.views import View
from polytask.errors import UserError
from polytask.teachers import caching
from polytask.teachers.caching import write_features
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.teachers.features import FeatureStore, LevelStatistics
from polytask.teachers.kept_shards import KeptShards

NUM_SHARDS = 4


class Killed(Exception):
    """What takes the place of SIGKILL."""


class Noise:
    """Seven images, two views of each; `dies_at` the sample with that number, in order."""

    def __init__(self, dies_at=None):
        self.dies_at, self.read = dies_at, 0

    def __len__(self):
        return 7

    def __getitem__(self, sample):
        if self.read == self.dies_at:
            raise Killed
        self.read += 1
        generator = torch.Generator().manual_seed(sample[0] * 10 + sample[1])
        return {"image": torch.randint(0, 256, (3, 16, 32), generator=generator).byte()}

    def view(self, index, number):
        return View(index / 3, number, 16, 32, flip=number == 1)


@pytest.fixture(scope="module")
def teacher():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    args = {"embed_dim": 16, "depth": 2, "num_heads": 2}
    return FrozenTeacher(
        TeacherConfig(
            model="vit_tiny_patch16_224", levels=(0, 1), weights="random", model_args=args
        )
    )


def extract(teacher, folder, images=None, identity="abc", kept=True):
    """One attempt; returns how many images it read, and every file that it left."""
    images = images or Noise()
    out = folder / "out"
    write_features(
        teacher, images, 2, out / "index.json",
        [out / f"{number:02d}.safetensors" for number in range(NUM_SHARDS)],
        views={"policy": "noise"}, image_size=(16, 32), batch_size=2,
        kept=KeptShards(folder / "kept", identity) if kept else None,
    )  # fmt: skip
    return images.read, {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.fixture(scope="module")
def whole(teacher, tmp_path_factory):
    return extract(teacher, tmp_path_factory.mktemp("whole"), kept=False)[1]


@pytest.mark.parametrize("dies_at", range(14))
def test_killed_at_any_image_it_leaves_the_same_bytes(teacher, tmp_path, whole, dies_at):
    with pytest.raises(Killed):
        extract(teacher, tmp_path, Noise(dies_at))
    read, files = extract(teacher, tmp_path)
    assert files == whole
    complete = max(n for n in (0, 3, 7, 10) if n <= dies_at)
    assert read == 14 - complete
    FeatureStore(tmp_path / "out").verify()


def test_killed_after_every_shard_it_leaves_the_same_bytes(teacher, tmp_path, whole):
    for dies_at in (4, 5, 5):
        with pytest.raises(Killed):
            extract(teacher, tmp_path, Noise(dies_at))
    assert extract(teacher, tmp_path)[1] == whole


def test_a_crash_after_the_outputs_are_there_costs_nothing(teacher, tmp_path, whole):
    extract(teacher, tmp_path)
    assert extract(teacher, tmp_path) == (0, whole)


def test_shards_of_another_extraction_are_not_used(teacher, tmp_path, whole, caplog):
    caplog.set_level("INFO")
    with pytest.raises(Killed):
        extract(teacher, tmp_path, Noise(8))
    assert extract(teacher, tmp_path, identity="other") == (14, whole)
    assert "2 shards of other parameters, inputs or code are removed" in caplog.text


@pytest.mark.parametrize("what", ["bit", "cut", "gone", "note"])
def test_a_damaged_shard_is_made_again(teacher, tmp_path, whole, what):
    with pytest.raises(Killed):
        extract(teacher, tmp_path, Noise(8))
    shard = tmp_path / "kept/00.safetensors"
    content = bytearray(shard.read_bytes())
    if what == "gone":
        shard.unlink()
    elif what == "note":
        shard.with_suffix(".json").write_text('{"identity": "ab')
    else:
        content[-1] ^= 1
        shard.write_bytes(content if what == "bit" else content[:-1])
    assert extract(teacher, tmp_path) == (14 - 4, whole)


def test_a_full_disk_is_one_line_and_keeps_what_is_complete(teacher, tmp_path, whole, monkeypatch):
    written = []

    def full(place, *arguments):
        if len(written) == 2:
            place.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(place)
        return write_levels(place, *arguments)

    write_levels = caching.write_levels
    monkeypatch.setattr(caching, "write_levels", full)
    with pytest.raises(UserError, match=r"02\.safetensors: the disk is full .*run again"):
        extract(teacher, tmp_path)
    assert not (tmp_path / "out").exists()
    assert len(list((tmp_path / "kept").iterdir())) == 4
    monkeypatch.undo()
    assert extract(teacher, tmp_path) == (14 - 7, whole)


def test_from_one_disk_to_another_shards_are_moved(teacher, tmp_path, whole, monkeypatch):
    def other_disk(*_paths):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "link", other_disk)
    assert extract(teacher, tmp_path)[1] == whole
    assert not list((tmp_path / "kept").glob("*.safetensors"))


def test_sums_come_back_from_json_exactly():
    level = LevelStatistics()
    level.add(np.random.default_rng(0).normal(size=(3, 5, 2, 2)))
    copy = LevelStatistics.of(json.loads(json.dumps(level.sums_of())))
    assert copy.result() == level.result()
