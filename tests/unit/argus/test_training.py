"""Both stages: what is summed, averaged, drawn and kept."""

import itertools
from dataclasses import replace

import pytest
import tiny_argus as tiny
import torch

from polytask.across_processes import Processes
from polytask.argus.average import AveragedWeights, decay_at
from polytask.argus.features import ComputedFeatures, FrozenBackbone, StoredFeatures
from polytask.argus.files import Pretrained
from polytask.argus.objectives import PretrainingObjective, loss_of
from polytask.data.sampling import split_key
from polytask.data.views import View
from polytask.errors import UserError
from polytask.teachers.caching import write_features
from polytask.training.config import FitConfig
from polytask.training.micro_batches import SOURCES, micro_batches
from polytask.training.runtime import RuntimeConfig, start
from polytask.training.sources import Source, drawn, source_batches

FIT = FitConfig(
    steps=6, batch_size=6, lr=1e-3, weight_decay=0.0, schedule="cosine", warmup_steps=0,
    warmup_lr=1.0, final_lr=1.0, clip_norm=0.0, log_every=1, checkpoint_every=6, num_workers=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def runtime():
    return start(RuntimeConfig(device="cpu", precision="fp32"), seed=0)


@pytest.fixture
def model():
    built = tiny.backbone()
    built.train_adapter()
    return Pretrained(built, {name: tiny.Brightness(16, None) for name in ("light", "dark")})


def test_the_loss_is_the_weighted_sum_over_the_sources_tasks(model):
    batch = {SOURCES: {"a": tiny.batch(2), "b": tiny.batch(3, first=7)}}
    objective = PretrainingObjective({"a": ("light",), "b": ("dark",)}, {"light": 2.0, "dark": 5.0})
    parts = objective(model, batch)
    light, dark = (
        loss_of(model.decoders[task], model.backbone(images["image"]), images)
        for task, images in (("light", batch[SOURCES]["a"]), ("dark", batch[SOURCES]["b"]))
    )
    assert parts["light"] == light
    assert parts["loss"].item() == pytest.approx((2 * light + 5 * dark).item())
    only = objective(model, {SOURCES: {"b": batch[SOURCES]["b"]}})
    assert only["light"] == 0
    assert only["loss"].item() == pytest.approx(5 * dark.item())


def test_micro_batches_cut_every_source_alike():
    batch = {SOURCES: {"a": tiny.batch(2), "b": tiny.batch(4)}}
    pieces = [piece[SOURCES] for _, piece in micro_batches(batch, 2)]
    assert [len(piece["a"]["image"]) for piece in pieces] == [1, 1]
    assert [piece["b"]["index"].tolist() for piece in pieces] == [[0, 1], [2, 3]]


class Images:
    def __init__(self, first: int) -> None:
        self.first = first

    def __len__(self) -> int:
        return 5

    def __getitem__(self, key):
        index, view = split_key(key)
        return {"image": torch.zeros(1), "index": self.first + index, "view": view}


def seen(batches):
    return [{n: each["index"].tolist() for n, each in batch[SOURCES].items()} for batch in batches]


@pytest.mark.parametrize("sampling", ["all", "one"])
def test_a_run_that_is_taken_up_sees_what_it_would_have_seen(runtime, sampling):
    sources = {"a": Source(Images(0), ("light",), 2), "b": Source(Images(100), ("dark",), 3)}
    make = source_batches(sources, FIT, runtime, seed=3, num_views=0, sampling=sampling)
    whole = seen(make(0))
    assert len(whole) == FIT.steps
    assert all(len(step) == (2 if sampling == "all" else 1) for step in whole)
    assert {name for step in whole for name in step} == {"a", "b"}
    for first in (1, 4):
        assert seen(make(first)) == whole[first:]


def test_one_source_is_drawn_as_often_as_another():
    counts = [drawn(["a", "b", "c"], "one", 0, step)[0] for step in range(600)]
    assert all(150 < counts.count(name) < 250 for name in "abc")


def test_several_processes_do_not_draw_sources(runtime):
    two = replace(runtime, processes=Processes(rank=0, world_size=2))
    with pytest.raises(UserError, match="sampling"):
        source_batches({}, FIT, two, seed=0, num_views=0, sampling="one")


def test_averages_follow_the_weights_and_take_their_place(model):
    averaged = AveragedWeights(lambda *_: {}, model, decay=0.5)
    weight = model.decoders["light"].weigh.bias
    expected = weight.item()
    for step in range(3):
        with torch.no_grad():
            weight.fill_(step + 1.0)
        averaged.after_step(model, {})
        decay = decay_at(step, 0.5)
        expected = decay * expected + (1 - decay) * (step + 1)
    restored = AveragedWeights(lambda *_: {}, model, decay=0.5)
    restored.restore(averaged.state())
    restored.into(model)
    assert weight.item() == pytest.approx(expected)
    assert restored.steps == 3
    assert not any("vit" in name for name in averaged.names)  # frozen weights are not kept twice


def test_the_decay_grows_to_its_value():
    decays = [decay_at(step, 0.99) for step in range(2000)]
    assert decays[0] == pytest.approx(0.1)
    assert all(a <= b for a, b in itertools.pairwise(decays))
    assert decays[-1] == 0.99


def test_stored_maps_are_those_that_would_be_computed(runtime, tmp_path):
    frozen = FrozenBackbone(tiny.backbone(enlarged=2), runtime)
    photos = tiny.batch(3)["image"]

    class Photos:
        def __len__(self):
            return len(photos)

        def __getitem__(self, sample):
            return {"image": photos[sample[0]]}

        def view(self, *_):
            return View(0.0, 0.0, 32.0, 32.0)

    index, shards = tmp_path / "index.json", [tmp_path / "0.safetensors"]
    views = {"policy": "scale_and_crop", "seed": 0}
    write_features(frozen, Photos(), 2, index, shards, views=views, image_size=(32, 32))
    batch = {"image": photos[[2, 0]], "index": torch.tensor([2, 0]), "view": torch.tensor([1, 0])}
    stored = StoredFeatures(index, views, enlarged=2)(batch)
    computed = ComputedFeatures(frozen)(batch)
    assert stored.image_hw == computed.image_hw == (32, 32)
    assert stored.padded_hw == computed.padded_hw == (32, 32)
    for one, other in zip(stored.maps, computed.maps, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=4e-3)  # batches of other sizes
    with pytest.raises(UserError, match="views were drawn"):
        StoredFeatures(index, {**views, "seed": 1}, enlarged=2)
