"""Two processes that share a batch do what one does: gradients, curves, checkpoints, stopping."""

from functools import partial
from itertools import product

import numpy as np
import pytest
from sharing import (
    OWN_DROPS,
    WEIGHTS,
    WITHOUT,
    diverged,
    interrupted,
    several,
    together,
    told_to_stop,
    train,
)

from polytask.training.checkpoints import Checkpoints

NO_INFLUENCE = (".qkv.bias", ".linear_fuse.0.bias", ".running_mean")
"""No loss depends on these (keys' biases, biases before a norm, means behind such a bias): Adam
moves them by rounding."""


LARGE = partial(train, head="linear", batch_size=8)
"""Batches that two processes compute in four micro-batches each, without batch norms."""


DECODED = partial(train, head="mlore", steps=1)
DROPPED = partial(train, head="linear", batch_size=8, gamma=50.0, dropping=0.5, steps=1)
BALANCED = ("famo", "gradnorm", "pcgrad", "troa")


@pytest.fixture(scope="module")
def one():
    calls = [partial(train, steps=1), train, partial(train, gamma=0.0), LARGE, DECODED, DROPPED]
    calls += [partial(train, balancing=method, steps=4) for method in BALANCED]
    [found] = together(1, several, calls)
    names = ("step", "all", "labels only", "large", "decoded", "dropped", *BALANCED)
    return dict(zip(names, found, strict=True))


@pytest.fixture(scope="module")
def two():
    steps = [partial(train, steps=1, without=kind) for kind in WITHOUT]
    calls = [*steps, train, partial(train, gamma=0.0), partial(train, num_workers=1)]
    calls += [partial(LARGE, images_at_once=1), DECODED]
    calls += [DROPPED, partial(DROPPED, images_at_once=1), partial(DROPPED, without=OWN_DROPS)]
    calls += [partial(train, balancing=method, steps=4) for method in BALANCED]
    found = together(2, several, calls)
    names = (*WITHOUT, "all", "labels only", "loaded", "large", "decoded")
    names += ("dropped", "dropped in parts", OWN_DROPS, *BALANCED)
    return [dict(zip(names, results, strict=True)) for results in found]


def distance(found, expected):
    """The largest difference of two sets of gradients, in parts of the largest gradient."""
    assert found.keys() == expected.keys()
    largest = max(np.abs(value).max() for value in expected.values())
    return max(np.abs(found[key] - expected[key]).max() for key in expected) / largest


def assert_as_good_as(found, expected):
    """The same weights but for rounding, and the same curve but for its speed."""
    assert found["weights"].keys() == expected["weights"].keys()
    for name, value in expected["weights"].items():
        if not name.endswith(NO_INFLUENCE):
            np.testing.assert_allclose(found["weights"][name], value, atol=1e-5, err_msg=name)
    assert [step for step, _ in found["rows"]] == [step for step, _ in expected["rows"]]
    for (_, ours), (_, theirs) in zip(found["rows"], expected["rows"], strict=True):
        assert ours.keys() == theirs.keys()
        assert all(
            ours[key] == pytest.approx(theirs[key], rel=1e-4)
            for key in ours.keys() - {"steps_per_second"}
        )


def test_gradients_are_those_of_the_whole_batch(one, two):
    assert distance(two[0]["nothing"]["gradients"], one["step"]["gradients"]) < 1e-5


def test_gradients_of_a_decoder_that_tasks_share_are_too(one, two):
    found, expected = two[0]["decoded"]["gradients"], one["decoded"]["gradients"]
    assert any(name.startswith("decoder.levels") for name in found)
    assert distance(found, expected) < 1e-5


@pytest.mark.parametrize("kind", ["dropped", "dropped in parts"])
def test_an_image_drops_the_same_teachers_wherever_it_is_seen(one, two, kind):
    expected = one["dropped"]["gradients"]
    assert distance(two[0][kind]["gradients"], expected) < 1e-5
    assert distance(two[0][OWN_DROPS]["gradients"], expected) > 1e-3


def test_running_statistics_are_those_of_the_whole_batch(one, two):
    ours, theirs = two[0]["nothing"]["weights"], one["step"]["weights"]
    statistics = [name for name in theirs if ".running_" in name or "num_batches" in name]
    assert len(statistics) == 3 * len(WEIGHTS)
    for name in statistics:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("missing", [kind for kind in WITHOUT if kind != "nothing"])
def test_they_would_not_be_without(one, two, missing):
    assert distance(two[0][missing]["gradients"], one["step"]["gradients"]) > 1e-3


@pytest.mark.parametrize("objective", ["all", "labels only"])
def test_weights_and_curves_are_those_of_one_process(one, two, objective):
    assert_as_good_as(two[0][objective], one[objective])


@pytest.mark.parametrize("method", BALANCED)
def test_the_weights_of_the_tasks_are_those_of_one_process(one, two, method):
    assert_as_good_as(two[0][method], one[method])
    given = {key for key in one[method]["rows"][-1][1] if key.startswith("weight_")}
    assert given == {f"weight_{task}" for task in WEIGHTS}
    for name, value in two[0][method]["weights"].items():
        assert np.array_equal(two[1][method]["weights"][name], value), name


def test_mean_gates_are_among_what_is_logged(one):
    gates = {key: value for key, value in one["all"]["rows"][-1][1].items() if "gate/" in key}
    experts = ("stem", "semantic", "boundary")
    for level, task in product((0, 1), WEIGHTS):
        weights = [gates.pop(f"gate/{task}/{level}/{expert}") for expert in experts]
        assert sum(weights) == pytest.approx(1, abs=1e-5)
    assert not gates


def test_in_micro_batches_too(one, two):
    assert distance(two[0]["large"]["gradients"], one["large"]["gradients"]) < 1e-5
    assert_as_good_as(two[0]["large"], one["large"])


def test_all_processes_have_the_same_bits_and_loader_workers_change_none(two):
    for other in (two[1]["all"], two[0]["loaded"], two[1]["loaded"]):
        for name, value in two[0]["all"]["weights"].items():
            assert np.array_equal(other["weights"][name], value), name


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2)])
def test_a_training_goes_on_in_another_number_of_processes(tmp_path, one, before, after):
    assert together(before, interrupted, tmp_path, 4) == ["interrupted"] * before
    assert [path.name for path in tmp_path.iterdir()] == ["00000003-abcdef01.safetensors"]
    assert_as_good_as(together(after, train, tmp_path)[0], one["all"])


def test_a_signal_to_one_process_stops_all_after_the_same_step(tmp_path, one):
    assert together(2, told_to_stop, tmp_path, 3, 1) == [143, 143]
    state = Checkpoints(tmp_path, "abcdef0123").load()
    assert state["step"] == 4
    assert state["meter"]["count"] == 0  # the steps before are in its rows
    assert_as_good_as(together(2, train, tmp_path)[0], one["all"])


def test_a_loss_that_is_no_number_in_one_process_stops_all(tmp_path):
    first, other = together(2, diverged, tmp_path, 1)
    assert first == other
    assert "became NaN or infinite between steps 5 and 6" in first
    assert "00000003-abcdef01.safetensors (step 3)" in first
