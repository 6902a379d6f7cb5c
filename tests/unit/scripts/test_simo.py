"""The steps of SIMO's rules that can be checked without a run: what they hand on fits."""

from collections import Counter
from itertools import combinations

import pytest
import torch
from adamerging import LearntMerge
from merge import MergeConfig, direction
from merged_features import FrozenEncoder
from realign_heads import realign_heads
from retention import chosen
from safetensors.torch import load_file, save_file

from polytask.losses.multitask import LossConfig
from polytask.merging.adamerging import AdaMerging
from polytask.merging.task_arithmetic import task_arithmetic
from polytask.models.files import load_model, save_model
from polytask.models.heads import predict_at
from polytask.training.runtime import RuntimeConfig, start
from polytask.united import United, set_encoder

IMAGES = torch.rand(2, 3, 30, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def united(base, single_task):
    return United([folder / "model.safetensors" for folder in single_task], base)


def test_heads_on_cached_maps_predict_what_the_model_predicts(united):
    network = united.network(united.base)
    levels = FrozenEncoder(network, start(RuntimeConfig(device="cpu", precision="fp32"), 0))(IMAGES)
    for task, expected in network(IMAGES).predictions.items():
        found = predict_at(network.heads[task], levels, (30, 32), network.student.patch)
        torch.testing.assert_close(found, expected)


def test_re_aligned_heads_replace_those_of_the_merged_model(tmp_path, united):
    merged = tmp_path / "merged.safetensors"
    save_model(merged, united.network(united.base), united.config)
    head = tmp_path / "depth" / "head.safetensors"
    state = load_model(merged)[0].heads["depth"].state_dict()
    save_file({key: value + 1 for key, value in state.items()}, head)
    out = tmp_path / "out" / "model.safetensors"
    out.parent.mkdir()
    realign_heads(merged, [head], out, out.with_suffix(".json"))
    before, after = load_file(merged), load_model(out)[0].state_dict()
    for key, value in before.items():
        assert torch.equal(after[key], value + key.startswith("heads.depth.")), key


def test_a_learnt_merge_starts_as_task_arithmetic_and_trains_its_coefficients_alone(united):
    network = united.network(united.base)
    set_encoder(network, task_arithmetic(united.base, united.encoders, 0.3))
    expected = network(IMAGES, ["depth"]).predictions["depth"]
    encoders = dict(zip(("semseg", "depth"), united.encoders, strict=True))
    learnt = LearntMerge(united.network(united.base), AdaMerging(united.base, encoders, 0.3))
    found = learnt(IMAGES, ["depth"]).predictions["depth"]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    found.sum().backward()
    trained = {name for name, p in learnt.named_parameters() if p.grad is not None}
    assert trained == {"merging.coefficients"}


class Images:
    """A split of two labelled images."""

    def examples(self):
        for number in range(2):
            random = torch.Generator().manual_seed(number)
            image = torch.randint(0, 256, (1, 3, 32, 32), generator=random, dtype=torch.uint8)
            yield {
                "image": image,
                "semseg": image[:, 0].long() % 5,
                "depth": 1 + image[:, :1].float(),
            }


def by(method):
    return MergeConfig(
        name=method, method=method, scales=(1.0,), losses=LossConfig(edge_pos_weight=0.9), seed=0,
        runtime=None, dataset=None, split="val", batch_size=1,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["fisher", "regmean"])
def test_what_looks_at_data_merges_one_model_with_itself_into_itself(method, base, single_task):
    file = single_task[0] / "model.safetensors"
    united = United([file], base)
    end = direction(by(method), united, united.network(united.base), Images())
    for key, value in united.encoders[0].items():
        torch.testing.assert_close(end[key], value, rtol=1e-3, atol=1e-4)


def test_fisher_merging_takes_an_entry_from_the_task_that_it_matters_to(base, single_task):
    united = United([folder / "model.safetensors" for folder in single_task], base)
    end = direction(by("fisher"), united, united.network(united.base), Images())
    key = "vit.blocks.0.attn.qkv.weight"
    first, second = (encoder[key] for encoder in united.encoders)
    low, high = torch.minimum(first, second), torch.maximum(first, second)
    assert ((end[key] >= low - 1e-6) & (end[key] <= high + 1e-6)).all()
    assert not torch.allclose(end[key], (first + second) / 2, atol=1e-4)


def test_all_subsets_are_those_of_two_tasks_and_more():
    tasks = ("a", "b", "c", "d")
    every = [subset for size in (2, 3, 4) for subset in combinations(tasks, size)]
    assert list(chosen(tasks, "all", seed=0)) == every


def test_neighbours_have_every_task_equally_often_in_each_size():
    tasks = ("a", "b", "c", "d", "e")
    found = list(chosen(tasks, "neighbours", seed=0))
    for size in (2, 3, 4):
        of_size = [subset for subset in found if len(subset) == size]
        assert len(set(of_size)) == 5
        assert Counter(task for subset in of_size for task in subset) == dict.fromkeys(tasks, size)
    assert found[-1] == tasks
    assert any(found != list(chosen(tasks, "neighbours", seed)) for seed in range(1, 5))
