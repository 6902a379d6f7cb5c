"""The feature cache gives back what the teacher said, and never leaves half a cache behind."""

import json
import pickle
import shutil

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from polytask.data.views import View
from polytask.errors import UserError
from polytask.teachers.caching import check_disk, in_units, required_bytes, write_features
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.teachers.features import FeatureStore
from polytask.teachers.targets import CachedTargets, OnlineTargets, measure, standardised

VIEWS = {"policy": "noise", "seed": 3}


class Noise:
    """Images that are a function of (index, view)."""

    def __init__(self, length=5, size=(32, 48), bad=None):
        self.length, self.size, self.bad = length, size, bad

    def __len__(self):
        return self.length

    def __getitem__(self, sample):
        index, view = sample
        if sample == self.bad:
            raise UserError(f"images/{index}.png: truncated")
        rng = np.random.default_rng((index, view))
        image = torch.from_numpy(rng.integers(0, 256, (3, *self.size), np.uint8))
        return {"image": image, "index": index, "view": view}

    def view(self, index, number):
        return View(index, number, *self.size, flip=number == 1)


@pytest.fixture(scope="module")
def teacher():
    torch.manual_seed(0)
    args = {"embed_dim": 16, "depth": 3, "num_heads": 2}
    config = TeacherConfig(
        model="vit_tiny_patch16_224", levels=(0, 2), weights="random", model_args=args
    )
    return FrozenTeacher(config)


def fill(teacher, directory, images=None, num_views=2, num_shards=3):
    """A cache of `images` in `directory`, as the rule writes it."""
    shards = [directory / f"{number:02d}.safetensors" for number in range(num_shards)]
    return write_features(
        teacher, images or Noise(), num_views, directory / "index.json", shards, views=VIEWS,
        image_size=(32, 48), batch_size=2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cache(teacher, tmp_path_factory):
    directory = tmp_path_factory.mktemp("cache")
    fill(teacher, directory)
    return directory


def batch_of(samples):
    items = [Noise()[sample] for sample in samples]
    return {
        "image": torch.stack([item["image"] for item in items]),
        "index": torch.tensor([item["index"] for item in items]),
        "view": torch.tensor([item["view"] for item in items]),
    }


def test_cached_targets_are_the_online_ones_to_half_precision(teacher, cache):
    batch = batch_of([(4, 1), (0, 0), (2, 1)])
    cached = CachedTargets({"noise": FeatureStore(cache / "index.json")})(batch)["noise"]
    online = OnlineTargets({"noise": teacher})(batch)["noise"]
    for a, b in zip(cached, online, strict=True):
        assert a.dtype == b.dtype == torch.float32
        assert torch.allclose(a, b, rtol=2**-10, atol=1e-4)


def test_standardised_targets_have_unit_channels_and_agree_online(teacher, cache):
    store = FeatureStore(cache)
    batch = batch_of([(index, view) for view in range(2) for index in range(5)])
    cached = CachedTargets({"noise": store}, standardise=True)(batch)["noise"]
    online = OnlineTargets({"noise": teacher}, {"noise": store.statistics})(batch)["noise"]
    for a, b in zip(cached, online, strict=True):
        assert a.mean(dim=(0, 2, 3)).abs().max() < 1e-3
        assert (a.std(dim=(0, 2, 3), correction=0) - 1).abs().max() < 1e-3
        assert torch.allclose(a, b, atol=0.02)


def test_statistics_are_those_of_all_tokens(teacher, cache):
    store = FeatureStore(cache)
    batch = batch_of([(index, view) for view in range(2) for index in range(5)])
    for kept, level, measured in zip(
        store.statistics, OnlineTargets({"a": teacher})(batch)["a"], measure(teacher, [batch]),
        strict=True,
    ):  # fmt: skip
        norms = level.norm(dim=1)
        assert kept["norm_mean"] == pytest.approx(norms.mean().item(), rel=1e-3)
        assert kept["norm_std"] == pytest.approx(norms.std(correction=0).item(), rel=2e-2)
        assert kept["mean"] == pytest.approx(measured["mean"], abs=1e-3)


def test_a_dead_channel_is_not_blown_up():
    flat = torch.full((1, 1, 2, 2), 0.25)
    assert standardised(flat, {"mean": [0.25], "std": [0.0]}).abs().max() == 0


def test_shards_are_plain_safetensors_and_stand_in_the_index_with_their_hash(cache):
    index = json.loads((cache / "index.json").read_text())
    assert len(index["shards"]) > 1
    assert sum(len(shard["samples"]) for shard in index["shards"]) == 10
    assert index["views"] == VIEWS
    FeatureStore(cache).verify()
    for shard in index["shards"]:
        drawn = [View(*values) for values in shard["drawn"]]
        assert drawn == [Noise().view(*sample) for sample in shard["samples"]]
    first = index["shards"][0]
    tensors = load_file(cache / first["name"])
    stored = FeatureStore(cache).read(*first["samples"][1])
    assert np.array_equal(tensors["level_1"][1], stored[1])


def test_size_is_known_before_writing(teacher, cache):
    index = json.loads((cache / "index.json").read_text())
    payload = required_bytes(teacher.shapes((32, 48)), 5, 2)
    assert payload == 2 * 2 * 16 * 2 * 3 * 5 * 2 == index["bytes"]
    assert payload < sum(shard["size"] for shard in index["shards"]) < payload * 2


def test_too_small_a_disk_is_said_with_both_numbers_before_writing(teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(9, 8, 1000))
    with pytest.raises(UserError, match=r"3\.84 kB.* 1 kB free"):
        fill(teacher, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_papers_imagenet_cache_is_told_in_terabytes(tmp_path):
    shapes = [(768, 64, 64)] * 4 + [(768, 27, 27)] * 4 + [(768, 24, 24)] * 4
    required = required_bytes(shapes, 1_281_167, 1)
    assert in_units(required) == "42.5 TB"
    with pytest.raises(UserError, match=r"42\.5 TB"):
        check_disk(tmp_path, required)


def test_a_failure_leaves_an_earlier_cache_as_it_was(teacher, cache, tmp_path):
    directory = tmp_path / "cache"
    shutil.copytree(cache, directory)
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with pytest.raises(UserError, match=r"images/3\.png"):
        fill(teacher, directory, Noise(bad=(3, 1)))
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_more_shards_than_views_is_refused(teacher, tmp_path):
    with pytest.raises(UserError, match="num_shards"):
        fill(teacher, tmp_path, Noise(1), num_views=1, num_shards=2)


def test_a_view_that_was_not_cached_is_named(cache):
    with pytest.raises(UserError, match="view 7 of image 1"):
        FeatureStore(cache).read(1, 7)


def test_views_drawn_otherwise_than_the_students_are_refused(cache):
    stores = {"noise": FeatureStore(cache)}
    CachedTargets(stores, views=VIEWS)
    with pytest.raises(UserError, match="cache anew"):
        CachedTargets(stores, views={**VIEWS, "seed": 4})


def test_damage_is_found(cache, tmp_path):
    directory = tmp_path / "cache"
    shutil.copytree(cache, directory)
    shard = directory / "01.safetensors"
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    with pytest.raises(UserError, match=r"01\.safetensors"):
        FeatureStore(directory).verify()
    shard.write_bytes(content[:-1])
    with pytest.raises(UserError, match=r"01\.safetensors"):
        FeatureStore(directory)
    shard.unlink()
    with pytest.raises(UserError, match=r"01\.safetensors.*missing"):
        FeatureStore(directory)


def test_features_that_half_precision_cannot_hold_are_refused(tmp_path, teacher, monkeypatch):
    monkeypatch.setattr(teacher, "forward", lambda images: [torch.full((1, 16, 2, 3), 1e6)] * 2)
    with pytest.raises(UserError, match="fp16"):
        fill(teacher, tmp_path, Noise(1), num_views=1, num_shards=1)


def test_a_store_travels_to_another_process(cache):
    store = FeatureStore(cache)
    store.read(0, 0)
    copy = pickle.loads(pickle.dumps(store))
    assert np.array_equal(copy.read(3, 1)[0], store.read(3, 1)[0])
